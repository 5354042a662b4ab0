import type { FloatType } from "../../base/float_types.ts";

/** A parameter that can be written to a file of weights. */
export interface NamedParameter {
  /**
   * Its name in files that have flat names: `conv1/0` is the first parameter of layer conv1. `conv1.weight` and
   * `conv1.bias` are understood as `conv1/0` and `conv1/1`.
   */
  readonly name: string;
  /** The type of its layer, for a .caffemodel, where it is known. */
  readonly layerType?: string | undefined;
  /** The sizes of the axes, outermost first. */
  readonly shape: readonly number[];
  /** Its values, the last axis fastest. They may be read from the file each time, and may belong to it: don't change them. */
  read(): Float32Array;
}

/** A parameter of a file of weights. */
export interface StoredParameter extends NamedParameter {
  /** The type of the values in the file. */
  readonly type: FloatType;
}

/** The weights in a file. */
export interface Weights {
  /** All parameters, in the file's order. */
  readonly parameters: readonly StoredParameter[];
  /** Tensors in the file that are no weights, since they hold no floats: counters, shapes, masks. */
  readonly leftOut: readonly {
    /** The tensor's name. */
    readonly name: string;
    /** The type of its values, in the words of the format. */
    readonly type: string;
  }[];
}

/** The parts of a parameter's name. */
export interface ParameterName {
  /** The name of the layer; "" when the name has one part. */
  readonly layer: string;
  /** What follows: "0", "weight". */
  readonly parameter: string;
  /** Which parameter of the layer it is, from 0, where the name says it. */
  readonly index: number | undefined;
}

/** What parameters with words for names are in Caffe. */
const INDICES: ReadonlyMap<string, number> = new Map([
  ["weight", 0],
  ["weights", 0],
  ["bias", 1],
  ["biases", 1],
]);

/**
 * Takes a parameter's name apart, at the last `/` or `.`.
 *
 * ```ts
 * import { parameterName } from "./stored_parameter.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parameterName("conv2/3x3/1"), { layer: "conv2/3x3", parameter: "1", index: 1 });
 * assert.deepEqual(parameterName("layer1.0.conv1.weight"), { layer: "layer1.0.conv1", parameter: "weight", index: 0 });
 * assert.deepEqual(parameterName("bn.running_mean"), { layer: "bn", parameter: "running_mean", index: undefined });
 * ```
 */
export function parameterName(name: string): ParameterName {
  const numbered = /^(.*)\/(0|[1-9]\d{0,3})$/s.exec(name);
  if (numbered !== null) return { layer: numbered[1]!, parameter: numbered[2]!, index: Number(numbered[2]) };
  const at = Math.max(name.lastIndexOf("/"), name.lastIndexOf("."));
  const parameter = name.slice(at + 1);
  return { layer: name.slice(0, Math.max(at, 0)), parameter, index: INDICES.get(parameter) };
}

/** The product of a shape. */
export function sizeOf({ shape }: { readonly shape: readonly number[] }): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/** A shape for people. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(", ")})`;
}
