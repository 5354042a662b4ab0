import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type NamedParameter, parameterName } from "./stored_parameter.ts";

/** A parameter with its place in Caffe: a layer, and its number there. */
export interface IndexedParameter {
  /** The parameter. */
  readonly parameter: NamedParameter;
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
 * `weight` and `bias` to a Scale layer of another name, so that they have no place yet. It gets Caffe's third parameter, the
 * number by which the two are divided: 1.
 */
export function indexedParameters(parameters: readonly NamedParameter[]): IndexedParameter[] {
  const names = parameters.map(({ name }) => parameterName(name));
  const normalized = new Set(
    names.filter(({ parameter }) => STATISTICS.has(parameter)).map(({ layer }) => layer),
  );
  const found = parameters.map((parameter, i): IndexedParameter => {
    const { layer, parameter: word, index } = names[i]!;
    const isNumbered = index !== undefined && String(index) === word;
    return {
      parameter,
      layer,
      index: normalized.has(layer) && !isNumbered ? STATISTICS.get(word) : index,
    };
  });
  const own = new Set(parameters.map(({ name }) => name));
  const factors = Array.from(normalized).filter((layer) =>
    own.has(`${layer}.running_mean`) && own.has(`${layer}.running_var`) && !own.has(`${layer}/2`)
  );
  return [...found, ...factors.map((layer) => ({ parameter: factorOf(layer), layer, index: 2 }))];
}

function factorOf(layer: string): NamedParameter {
  return { name: `${layer}/2`, layerType: undefined, shape: [1], read: () => Float32Array.of(1) };
}

/** What a layer of a file of weights has, in Caffe's terms. */
export interface IndexedLayer {
  /** Its type, where the file says it. */
  readonly type: string | undefined;
  /** Its parameters by their numbers. */
  readonly parameters: Map<number, NamedParameter>;
}

/**
 * Groups parameters to layers, as Caffe's formats have them. Throws a CremaError when names don't tell a parameter's
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
  return layers;
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
