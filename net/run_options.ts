import type { NdArray } from "../data/arrays/nd_array.ts";

/** Values for a blob: an array of numbers, with or without a shape. */
export type Values = ArrayLike<number> | NdArray;

/** Which part of a net to run forward, and its input. */
export interface ForwardOptions {
  /** Name of the first layer to run. */
  start?: string | undefined;
  /** Name of the last layer to run. */
  end?: string | undefined;
  /** Values to write into blobs first, by name, each as long as its blob. */
  inputs?: Readonly<Record<string, Values>> | undefined;
  /** Names of more blobs to return. */
  blobs?: readonly string[] | undefined;
}

/** Which part of a net to run backward, and its gradients. */
export interface BackwardOptions {
  /** Name of the first layer to run, the one nearest the loss. */
  start?: string | undefined;
  /** Name of the last layer to run. */
  end?: string | undefined;
  /** Gradients to write into blobs first, by name, each as long as its blob. */
  outputs?: Readonly<Record<string, Values>> | undefined;
  /** Names of more blobs whose gradients to return. */
  diffs?: readonly string[] | undefined;
}

/** Input for running a net forward, batch by batch. */
export interface ForwardAllOptions {
  /** Values for blobs, by name: any number of examples, the same number for each blob. */
  inputs: Readonly<Record<string, Values>>;
  /** Names of more blobs to return. */
  blobs?: readonly string[] | undefined;
}

/** Input for running a net forward and backward, batch by batch. */
export interface ForwardBackwardAllOptions extends ForwardAllOptions {
  /** Gradients for blobs, by name: one per example. Default: the gradients of the losses. */
  outputs?: Readonly<Record<string, Values>> | undefined;
  /** Names of more blobs whose gradients to return. */
  diffs?: readonly string[] | undefined;
}

/** Values by blob name. They are the blobs' own memory, which the next run overwrites. */
export type NamedValues = Record<string, Float32Array<ArrayBuffer>>;

/** Arrays by blob name. They are copies. */
export type NamedArrays = Record<string, NdArray>;

/** The plain numbers of some {@link Values}. */
export function numbersOf(values: Values): ArrayLike<number> {
  return "shape" in values ? values.data : values;
}

/** The numbers of some values as floats that the engine can take: a copy only where they are no such array. */
export function floatsOf(values: Values): Float32Array<ArrayBuffer> {
  const numbers = numbersOf(values);
  return isFloats(numbers) ? numbers : new Float32Array(numbers);
}

function isFloats(numbers: ArrayLike<number>): numbers is Float32Array<ArrayBuffer> {
  return numbers instanceof Float32Array && numbers.buffer instanceof ArrayBuffer;
}
