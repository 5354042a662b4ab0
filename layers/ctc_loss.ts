import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer } from "./layer.ts";

/** `param_str` of a {@link CTCLossLayer}. */
export const CTCLossParams = z.strictObject({
  blank: z.int().min(0).default(0).describe("the class that stands for no symbol"),
  infeasible: z.enum(["throw", "zero"]).default("throw")
    .describe("an item with more symbols than its time steps allow is an error, or has no loss"),
});

/**
 * Connectionist temporal classification, for sequences whose labels have no times:
 * E = −1/N Σₙ log p(lₙ | xₙ), where p(l | x) is the sum of Π_t softmax(x_t)(π_t) over all paths π of T
 * classes that become l when repetitions are merged and blanks are removed. Bottoms: scores x (T, N, C),
 * labels (N, L), with shorter rows filled up by negative numbers, and, if given, each item's number of time
 * steps (N); top: the loss, a scalar. Gradient of x: softmax(x) minus the posterior of each class at each
 * time.
 *
 * Graves, Fernández, Gomez, Schmidhuber: Connectionist Temporal Classification, ICML 2006; computed with
 * logarithms.
 */
export class CTCLossLayer extends Layer<z.output<typeof CTCLossParams>> {
  static type = "CTCLoss";
  static params = CTCLossParams;
  static isLoss = true;
  static bottoms = [2, 3] as const;
  static tops = 1;
  static examples = [[], [{ shape: [2], values: [5, 4] }]].map((times) => ({
    bottoms: [{ shape: [5, 2, 4], batchAxis: 1 }, { shape: [2, 2], values: [1, 2, 3, 3] }, ...times],
  }));
  // Logarithms, which do not underflow.
  #logProb = new Float32Array();
  #gradient = new Float32Array();

  override reshape([x, labels, times]: [Blob, Blob, ...Blob[]], [loss]: [Blob]): void {
    const [steps, items, classes, ...rest] = x.shape;
    if (
      steps === undefined || items === undefined || classes === undefined || rest.some((size) => size !== 1)
    ) {
      throw new RangeError(`Expected scores of shape (T, N, C) but found (${x.shape.join(", ")})`);
    }
    if (labels.shape[0] !== items) {
      throw new RangeError(`Expected ${items} rows of labels but found ${labels.shape[0]}`);
    }
    if (times !== undefined && times.count !== items) {
      throw new RangeError(`Expected ${items} numbers of time steps but found ${times.count}`);
    }
    if (this.param.blank >= classes) {
      throw new RangeError(`Expected blank to be one of ${classes} classes but found ${this.param.blank}`);
    }
    if (this.#logProb.length !== x.count) {
      this.#logProb = new Float32Array(x.count);
      this.#gradient = new Float32Array(x.count);
    }
    loss.reshape();
  }

  override forward([x, labels, times]: [Blob, Blob, ...Blob[]], [loss]: [Blob]): void {
    const [steps, items, classes] = x.shape as [number, number, number];
    const rows = labels.data, row = items === 0 ? 0 : rows.length / items;
    const lengths = times?.data;
    this.ops.logSoftmax({ outer: steps * items, axis: classes }, x.data, this.#logProb);
    this.#gradient.fill(0);
    let sum = 0;
    for (let n = 0; n < items; n++) {
      const time = lengths === undefined ? steps : lengths[n]!;
      if (!Number.isInteger(time) || time < 0 || time > steps) {
        throw new RangeError(`Expected time steps from 0 to ${steps} but found ${time}`);
      }
      sum += this.#item(n, items, classes, time, this.#read(rows.subarray(n * row, (n + 1) * row), classes));
    }
    loss.data[0] = items === 0 ? 0 : sum / items;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.slice(1).entries()) if (propagateDown[i + 1]) bottom.diff.fill(0);
    if (!propagateDown[0]) return;
    const [x] = bottoms as [Blob];
    const diff = x.diff, factor = loss.diff[0]! / x.shape[1]!;
    for (let i = 0; i < diff.length; i++) diff[i] = factor * this.#gradient[i]!;
  }

  /** The symbols of a row, with blanks before, between and after: (b l₁ b l₂ b …). */
  #read(row: Float32Array, classes: number): number[] {
    const { blank } = this.param;
    const symbols: number[] = [blank];
    for (const value of row) {
      if (value < 0) break;
      const symbol = Math.trunc(value);
      if (!(symbol < classes) || symbol === blank) {
        throw new RangeError(`Expected labels from 0 to ${classes - 1} other than blank but found ${value}`);
      }
      symbols.push(symbol, blank);
    }
    return symbols;
  }

  /** −log p of one item. Stores its gradient. */
  #item(n: number, items: number, classes: number, time: number, symbols: readonly number[]): number {
    const size = symbols.length, logs = this.#logProb;
    const at = (t: number) => (t * items + n) * classes;
    const logProb = (t: number, s: number) => logs[at(t) + symbols[s]!]!;
    // A path may step from s − 2 to s, skipping the blank between different symbols.
    const skips = (s: number) => s >= 2 && symbols[s] !== this.param.blank && symbols[s] !== symbols[s - 2];
    const repeats = symbols.filter((symbol, s) => s >= 3 && s % 2 === 1 && symbol === symbols[s - 2]).length;
    if ((size - 1) / 2 + repeats > time) {
      if (this.param.infeasible === "zero") return 0;
      throw new RangeError(
        `Expected item ${n} to have at least ${
          (size - 1) / 2 + repeats
        } time steps for its symbols but found ${time}`,
      );
    }
    if (time === 0) return 0;

    const alpha = new Float64Array(time * size).fill(-Infinity);
    for (let s = 0; s < Math.min(2, size); s++) alpha[s] = logProb(0, s);
    for (let t = 1; t < time; t++) {
      for (let s = 0; s < size; s++) {
        let sum = alpha[(t - 1) * size + s]!;
        if (s >= 1) sum = addLogs(sum, alpha[(t - 1) * size + s - 1]!);
        if (skips(s)) sum = addLogs(sum, alpha[(t - 1) * size + s - 2]!);
        alpha[t * size + s] = sum + logProb(t, s);
      }
    }
    const end = (time - 1) * size + size;
    const total = size === 1 ? alpha[end - 1]! : addLogs(alpha[end - 1]!, alpha[end - 2]!);

    // The log probability of the rest of a path that is at s at time t, without time t itself.
    let beta = new Float64Array(size).fill(-Infinity);
    for (let s = Math.max(0, size - 2); s < size; s++) beta[s] = 0;
    for (let t = time - 1; t >= 0; t--) {
      const first = at(t);
      for (let c = 0; c < classes; c++) this.#gradient[first + c] = Math.exp(logs[first + c]!);
      for (let s = 0; s < size; s++) {
        const posterior = Math.exp(alpha[t * size + s]! + beta[s]! - total);
        if (posterior > 0) this.#gradient[first + symbols[s]!]! -= posterior;
      }
      if (t === 0) break;
      const before = new Float64Array(size);
      for (let s = 0; s < size; s++) {
        let sum = beta[s]! + logProb(t, s);
        if (s + 1 < size) sum = addLogs(sum, beta[s + 1]! + logProb(t, s + 1));
        if (s + 2 < size && skips(s + 2)) sum = addLogs(sum, beta[s + 2]! + logProb(t, s + 2));
        before[s] = sum;
      }
      beta = before;
    }
    return -total;
  }
}

/** log(exp a + exp b). */
function addLogs(a: number, b: number): number {
  const most = Math.max(a, b);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(-Math.abs(a - b)));
}
