import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type NamedParameter, parameterName } from "./stored_parameter.ts";

/** A parameter with its place in Caffe: a layer, and its number there. */
export interface IndexedParameter<Parameter extends NamedParameter> {
  /** The parameter. */
  readonly parameter: Parameter;
  /** The layer's name. */
  readonly layer: string;
  /** The parameter's number in the layer, from 0; undefined where its name does not tell. */
  readonly index: number | undefined;
}

/** PyTorch's names of the statistics of a batch normalization. */
const STATISTICS: ReadonlyMap<string, number> = new Map([["running_mean", 0], ["running_var", 1]]);

/**
 * Finds each parameter's place in Caffe by its name: `conv1/0` and `conv1.weight` are the first of layer conv1. A layer
 * with `running_mean` and `running_var` is PyTorch's batch normalization: in Caffe these two belong to a BatchNorm, and its
 * `weight` and `bias` to a Scale layer of another name, so that they have no place yet.
 */
export function indexedParameters<Parameter extends NamedParameter>(
  parameters: readonly Parameter[],
): IndexedParameter<Parameter>[] {
  const names = parameters.map(({ name }) => parameterName(name));
  const normalized = new Set(
    names.filter(({ parameter }) => STATISTICS.has(parameter)).map(({ layer }) => layer),
  );
  return parameters.map((parameter, i) => {
    const { layer, parameter: word, index } = names[i]!;
    const isNumbered = index !== undefined && String(index) === word;
    return {
      parameter,
      layer,
      index: normalized.has(layer) && !isNumbered ? STATISTICS.get(word) : index,
    };
  });
}

/** What a layer of a file of weights has, in Caffe's terms. */
export interface IndexedLayer {
  /** Its type, where the file says it. */
  readonly type: string | undefined;
  /** Its parameters by their numbers. */
  readonly parameters: Map<number, NamedParameter>;
}

/**
 * Groups parameters to layers, as Caffe's formats have them. A BatchNorm that came from PyTorch gets Caffe's third
 * parameter, the number by which its statistics are divided: 1. Throws a CremaError when names don't tell a parameter's
 * number, or when two are the same parameter.
 */
export function indexedLayers(
  parameters: readonly NamedParameter[],
  place: CremaErrorOptions = {},
): Map<string, IndexedLayer> {
  const found = indexedParameters(parameters);
  const lost = found.filter(({ index }) => index === undefined).map(({ parameter }) => parameter.name);
  if (lost.length > 0) throw withoutIndex(lost, place);
  const layers = new Map<string, IndexedLayer>();
  for (const { parameter, layer, index } of found) {
    if (!layers.has(layer)) layers.set(layer, { type: parameter.layerType, parameters: new Map() });
    const own = layers.get(layer)!.parameters, other = own.get(index!);
    if (other !== undefined) {
      throw new CremaError(
        `Expected one parameter ${index} but found '${other.name}' and '${parameter.name}'`,
        { ...place, layer, hint: "Rename one of them, or leave it out." },
      );
    }
    own.set(index!, parameter);
  }
  for (const [name, { parameters: own }] of layers) {
    const words = [own.get(0), own.get(1)].map((each) => parameterName(each?.name ?? "").parameter);
    if (words.join() === "running_mean,running_var" && !own.has(2)) own.set(2, factor(name));
  }
  return layers;
}

function factor(layer: string): NamedParameter {
  return { name: `${layer}/2`, layerType: undefined, shape: [1], read: () => Float32Array.of(1) };
}

function withoutIndex(names: readonly string[], place: CremaErrorOptions): CremaError {
  const shown = names.slice(0, 5).map((name) => `'${name}'`).join(", ");
  const rest = names.length > 5 ? ` and ${names.length - 5} more` : "";
  const [first] = names, { layer, parameter } = parameterName(first!);
  const isScale = parameter === "weight" || parameter === "bias";
  return new CremaError(
    `Expected parameters by number (conv1/0), or named weight or bias, but found ${shown}${rest}`,
    {
      ...place,
      hint: isScale
        ? `'${layer}' is a batch normalization: its weight and bias belong to a Scale layer in Caffe. ` +
          `Rename them: ${first} ${layer}_scale/${parameter === "weight" ? 0 : 1}`
        : `Rename them: ${first} ${layer || first}/0. "${first} -" leaves one out.`,
    },
  );
}
