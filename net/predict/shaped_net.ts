import { countOf, type NdArray, ndArray } from "../../data/arrays/nd_array.ts";
import { CremaError } from "../../base/error.ts";
import type { Net } from "../net.ts";
import { counted } from "../../base/counted.ts";

/**
 * Runs a net on any number of examples and shapes its input to them: one example costs one example, whatever
 * batch size the prototxt has. A net that can't be shaped (it has a Reshape layer with a fixed batch, say) runs
 * whole batches, padded with zeros.
 */
export class ShapedNet {
  /** The net. */
  readonly net: Net;
  /** The batch size of the prototxt: the most examples that are run together. */
  readonly batch: number;
  /** Number of values of one example. */
  readonly size: number;
  readonly #input: string;
  readonly #output: string;
  readonly #shape: readonly number[];
  /** Whether the net makes one row of output per example of the input. */
  readonly #isPerExample: boolean;
  #isFixed: boolean;

  /** Wraps a net, as its prototxt shapes it, with the names of its input and its output. */
  constructor(net: Net, input: string, output: string) {
    this.net = net;
    this.#input = input;
    this.#output = output;
    this.#shape = [...net.blob(input).shape];
    this.batch = this.#shape[0] ?? 1;
    this.size = countOf(this.#shape.slice(1));
    this.#isPerExample = this.#shape.length > 0 && net.blob(output).shape[0] === this.batch;
    this.#isFixed = !this.#isPerExample;
  }

  /** Whether each run takes a whole batch. Known for sure after a run of fewer examples. */
  get isFixed(): boolean {
    return this.#isFixed;
  }

  /** Returns the output for each example, (N, …). Throws a CremaError when the values are not whole examples. */
  forward(values: Float32Array): NdArray {
    const count = values.length / this.size;
    if (count === 0 || !Number.isInteger(count)) {
      throw new CremaError(
        `Expected examples of ${counted(this.size, "value")} for blob '${this.#input}' but found ${
          counted(values.length, "value")
        }`,
      );
    }
    if (!this.#isPerExample) {
      return this.net.forwardAll({ inputs: { [this.#input]: values } })[this.#output]!;
    }
    const step = this.batch * this.size, rows: Float32Array[] = [];
    for (let at = 0; at < values.length; at += step) rows.push(this.#run(values.subarray(at, at + step)));
    const found = ndArray([count, ...this.net.blob(this.#output).shape.slice(1)]);
    let at = 0;
    for (const row of rows) {
      found.data.set(row, at);
      at += row.length;
    }
    return found;
  }

  /** The output's values for one batch, or less. */
  #run(values: Float32Array): Float32Array {
    const count = values.length / this.size;
    if (!this.#isFixed && !this.#fits(count)) this.#fix();
    let given = values;
    if (this.#isFixed && count < this.batch) {
      given = new Float32Array(this.batch * this.size);
      given.set(values);
    }
    const output = this.net.forward({ inputs: { [this.#input]: given } })[this.#output]!;
    const [rows = 0] = this.net.blob(this.#output).shape;
    if (!this.#isFixed && rows !== count) {
      // A layer that shapes its top in forward has gone back to a batch of its own.
      this.#fix();
      return this.#run(values);
    }
    return output.slice(0, output.length / rows * count);
  }

  /** Shapes the net to a number of examples. Returns false when it can't have that shape. */
  #fits(count: number): boolean {
    if (!this.#reshaped(count)) return true;
    try {
      this.net.reshape();
    } catch (error) {
      if (!(error instanceof CremaError) || count === this.batch) throw error;
      return false;
    }
    return this.net.blob(this.#output).shape[0] === count;
  }

  #fix(): void {
    this.#isFixed = true;
    if (this.#reshaped(this.batch)) this.net.reshape();
  }

  /** Gives the input blob a number of examples. Returns false when it has them already. */
  #reshaped(count: number): boolean {
    const blob = this.net.blob(this.#input);
    if (blob.shape[0] === count) return false;
    blob.reshape(count, ...this.#shape.slice(1));
    return true;
  }
}
