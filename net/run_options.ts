import type { NdArray } from "../data/arrays/nd_array.ts";

/** Values for a blob: an array of numbers, or one that has a shape. */
export type Values = ArrayLike<number> | NdArray;

/** Which part of a net to run forward, and on what. */
export interface ForwardOptions {
  /** Name of the first layer to run. */
  start?: string | undefined;
  /** Name of the last layer to run. */
  end?: string | undefined;
  /** Values to put into blobs first, by name; each as long as the blob. */
  inputs?: Readonly<Record<string, Values>> | undefined;
  /** Names of more blobs to return. */
  blobs?: readonly string[] | undefined;
}

/** Which part of a net to run backward, and from what. */
export interface BackwardOptions {
  /** Name of the layer to begin with, from the loss down. */
  start?: string | undefined;
  /** Name of the last layer to run. */
  end?: string | undefined;
  /** Gradients to put into blobs first, by name; each as long as the blob. */
  outputs?: Readonly<Record<string, Values>> | undefined;
  /** Names of more blobs whose gradient to return. */
  diffs?: readonly string[] | undefined;
}

/** What to run a net forward on, batch by batch. */
export interface ForwardAllOptions {
  /** Values for blobs, by name: any number of examples, the same for all. */
  inputs: Readonly<Record<string, Values>>;
  /** Names of more blobs to return. */
  blobs?: readonly string[] | undefined;
}

/** What to run a net forward and backward on, batch by batch. */
export interface ForwardBackwardAllOptions extends ForwardAllOptions {
  /** Gradients for blobs, by name: one for each example. Without any: of the losses. */
  outputs?: Readonly<Record<string, Values>> | undefined;
  /** Names of more blobs whose gradients to return. */
  diffs?: readonly string[] | undefined;
}

/** Values by the name of their blob: the blobs' own memory, until the next run. */
export type NamedValues = Record<string, Float32Array<ArrayBuffer>>;

/** Arrays by the name of their blob: copies. */
export type NamedArrays = Record<string, NdArray>;

/** The numbers of values. */
export function numbersOf(values: Values): ArrayLike<number> {
  return "shape" in values ? values.data : values;
}
