import { countOf, type NdArray, ndArray } from "../data/arrays/nd_array.ts";
import type { Blob } from "../ffi/blob.ts";
import { CremaError } from "../base/error.ts";
import {
  type BackwardOptions,
  type ForwardAllOptions,
  type ForwardBackwardAllOptions,
  type ForwardOptions,
  type NamedArrays,
  type NamedValues,
  numbersOf,
  type Values,
} from "./run_options.ts";
import { counted } from "../base/counted.ts";

/** The part of a net that running it batch by batch needs. */
export interface BatchNet {
  /** The blob with this name. */
  blob(name: string): Blob;
  /** Runs one batch forward. */
  forward(options: ForwardOptions): NamedValues;
  /** Runs one batch backward. */
  backward(options: BackwardOptions): NamedValues;
}

/** Runs a net forward on any number of examples, batch by batch. Pads the last batch with zeros. */
export function forwardAll(net: BatchNet, { inputs, blobs = [] }: ForwardAllOptions): NamedArrays {
  const batches = new Batches(net, inputs);
  const found = new Collected(net, batches);
  for (let batch = 0; batch < batches.count; batch++) {
    found.add(net.forward({ inputs: batches.take(inputs, batch), blobs }));
  }
  return found.arrays();
}

/**
 * Runs a net forward and backward on any number of examples, batch by batch. Pads the last batch with zeros.
 */
export function forwardBackwardAll(
  net: BatchNet,
  { inputs, outputs = {}, blobs = [], diffs = [] }: ForwardBackwardAllOptions,
): { blobs: NamedArrays; diffs: NamedArrays } {
  const batches = new Batches(net, { ...inputs, ...outputs });
  const found = new Collected(net, batches), foundDiffs = new Collected(net, batches);
  for (let batch = 0; batch < batches.count; batch++) {
    found.add(net.forward({ inputs: batches.take(inputs, batch), blobs }));
    foundDiffs.add(net.backward({ outputs: batches.take(outputs, batch), diffs }));
  }
  return { blobs: found.arrays(), diffs: foundDiffs.arrays() };
}

/** Cuts examples into batches of the net's size. */
class Batches {
  readonly #net: BatchNet;
  /** Number of examples per batch. */
  readonly size: number;
  /** Number of examples in total. */
  readonly total: number;

  constructor(net: BatchNet, values: Readonly<Record<string, Values>>) {
    const given = Object.entries(values).map(([name, each]) => {
      const { shape } = net.blob(name), { length } = numbersOf(each);
      const one = countOf(shape.slice(1));
      if (length === 0 || length % one !== 0) {
        throw new CremaError(
          `Expected examples of ${counted(one, "value")} for blob '${name}' but found ${
            counted(length, "value")
          }`,
        );
      }
      return { name, size: shape[0] ?? 1, total: length / one };
    });
    const [first] = given;
    if (first === undefined) throw new CremaError("Expected values for the inputs but found none");
    for (const { name, size, total } of given) {
      if (size !== first.size) {
        throw new CremaError(
          `Expected blob '${name}' to have ${
            counted(first.size, "example")
          } per batch, as '${first.name}' has, but found ${size}`,
        );
      }
      if (total !== first.total) {
        throw new CremaError(
          `Expected ${
            counted(first.total, "example")
          } for blob '${name}', as for '${first.name}', but found ${total}`,
        );
      }
    }
    this.#net = net;
    this.size = first.size;
    this.total = first.total;
  }

  get count(): number {
    return Math.ceil(this.total / this.size);
  }

  take(values: Readonly<Record<string, Values>>, batch: number): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.entries(values).map(([name, each]) => {
        const numbers = numbersOf(each), taken = new Float32Array(this.#net.blob(name).count);
        const from = batch * taken.length, rest = Math.min(taken.length, numbers.length - from);
        for (let i = 0; i < rest; i++) taken[i] = numbers[from + i]!;
        return [name, taken];
      }),
    );
  }
}

/** Joins the results of all batches. */
class Collected {
  readonly #net: BatchNet;
  readonly #batches: Batches;
  readonly #parts = new Map<string, { shape: readonly number[]; values: Float32Array }[]>();

  constructor(net: BatchNet, batches: Batches) {
    this.#net = net;
    this.#batches = batches;
  }

  add(found: NamedValues): void {
    for (const [name, values] of Object.entries(found)) {
      const parts = this.#parts.get(name) ?? [];
      this.#parts.set(name, parts);
      parts.push({ shape: this.#net.blob(name).shape, values: values.slice() });
    }
  }

  arrays(): NamedArrays {
    return Object.fromEntries(Array.from(this.#parts, ([name, parts]) => [name, this.#join(parts)]));
  }

  #join(parts: { shape: readonly number[]; values: Float32Array }[]): NdArray {
    const { shape } = parts[0]!, { size, total } = this.#batches;
    const joined = new Float32Array(parts.reduce((count, { values }) => count + values.length, 0));
    let at = 0;
    for (const { values } of parts) {
      joined.set(values, at);
      at += values.length;
    }
    // A blob without one value per example, such as a loss, has one result per batch.
    if (shape.length === 0 || shape[0] !== size) return ndArray([parts.length, ...shape], joined);
    const one = [total, ...shape.slice(1)];
    return ndArray(one, joined.slice(0, countOf(one)));
  }
}
