import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { lstmSteps } from "../onnx/export/recurrent.ts";
import type { FillerParameter } from "../proto/messages.ts";
import { Layer } from "./layer.ts";
import { refuseInPlace } from "./shared/refuse_in_place.ts";

const filler = z.custom<FillerParameter>((value) => typeof value === "object" && value !== null).optional();

/** `lstm_param` of an {@link LstmLayer}. */
export const LstmParams = z.strictObject({
  num_output: z.int().positive().describe("H: number of hidden units"),
  clipping_threshold: z.number().min(0).default(0).describe("bound of the gates' gradients; 0 for none"),
  weight_filler: filler.describe("filler of both weights; by default the constant 0"),
  bias_filler: filler.describe("filler of the bias; by default the constant 0"),
  batch_size: z.int().positive().optional().describe(
    "without effect: the bottom has the number of sequences",
  ),
});

type Floats = Float32Array<ArrayBuffer>;

/** The gates, in the order of the weights' rows: input, forget, output, and the new value. */
const GATES = 4;

/** h and c of the last step of a batch. */
interface LSTMState {
  hidden: Float32Array<ArrayBuffer>;
  cells: Float32Array<ArrayBuffer>;
}

/**
 * A recurrent layer with memory: with z = W x_t + U h_{t−1} + b in four parts, c_t = σ(z_f) c_{t−1} + σ(z_i) tanh(z_g) and
 * h_t = σ(z_o) tanh(c_t). Bottom x: (T, N, …), T steps of N sequences; top h: (T, N, H). A second bottom of T · N values
 * says where a sequence goes on (1) or begins (0); with it the first step goes on from the last pass, and without it
 * each pass begins anew. Parameters: W (4 H, I), U (4 H, H), b (4 H), with rows in the order i, f, o, g. Gradients go
 * back through all steps of the pass.
 *
 * Lstm of junhyukoh's and CTPN's forks of Caffe, whose files are older than Caffe's own `LSTM`.
 */
export class LstmLayer extends Layer<z.output<typeof LstmParams>> {
  static type = "Lstm";
  static typeParam = "lstm_param";
  static params = LstmParams;
  static bottoms = [1, 2] as const;
  static tops = 1;
  static examples = [
    {
      bottoms: [{ shape: [3, 2, 4], batchAxis: 1 }],
      param: { num_output: 3, weight_filler: { type: "gaussian", std: 1 } },
    },
    {
      bottoms: [{ shape: [4, 1, 2, 2], batchAxis: null }, {
        shape: [4, 1],
        values: [0, 1, 0, 1],
        batchAxis: null,
      }],
      param: { num_output: 2, weight_filler: { type: "gaussian", std: 1 } },
    },
  ];
  #steps = 0;
  #sequences = 0;
  #inputs = 0;
  #gates = new Float32Array();
  #cells = new Float32Array();
  // U h_{t−1}, then what comes back through it.
  #recurrent = new Float32Array();
  #gateDiffs = new Float32Array();
  // h and c before the first step.
  #firstHidden = new Float32Array();
  #firstCells = new Float32Array();
  #lastHidden = new Float32Array();
  #lastCells = new Float32Array();
  #goesOn = new Uint8Array();

  override setup([x]: [Blob, ...Blob[]]): void {
    if (x.numAxes < 3) {
      throw new RangeError(`Expected a bottom of shape (T, N, …) but found (${x.shape.join(", ")})`);
    }
    const { num_output: hidden, weight_filler, bias_filler } = this.param;
    this.#inputs = x.count / (x.shape[0]! * x.shape[1]!);
    const weights = weight_filler ?? { type: "constant", value: 0 };
    this.blobs.add([GATES * hidden, this.#inputs], weights);
    this.blobs.add([GATES * hidden, hidden], weights);
    this.blobs.add([GATES * hidden], bias_filler ?? { type: "constant", value: 0 });
  }

  override reshape([x, cont]: [Blob, ...Blob[]], [h]: [Blob]): void {
    refuseInPlace([x, cont], [h]);
    const [steps = 0, sequences = 0] = x.shape, { num_output: hidden } = this.param;
    if (x.count !== steps * sequences * this.#inputs) {
      throw new RangeError(
        `Expected steps of ${this.#inputs} values but found ${x.count / (steps * sequences)}`,
      );
    }
    if (cont !== undefined && cont.count !== steps * sequences) {
      throw new RangeError(
        `Expected ${steps * sequences} values in the second bottom but found ${cont.count}`,
      );
    }
    h.reshape(steps, sequences, hidden);
    if (this.#steps === steps && this.#sequences === sequences) return;
    if (this.#sequences !== sequences) {
      const state = () => new Float32Array(sequences * hidden);
      [this.#firstHidden, this.#firstCells] = [state(), state()];
      // What restore took over has this size already.
      if (this.#lastHidden.length !== sequences * hidden) {
        [this.#lastHidden, this.#lastCells] = [state(), state()];
      }
      this.#recurrent = new Float32Array(sequences * GATES * hidden);
    }
    [this.#steps, this.#sequences] = [steps, sequences];
    this.#gates = new Float32Array(steps * sequences * GATES * hidden);
    this.#gateDiffs = new Float32Array(this.#gates.length);
    this.#cells = new Float32Array(steps * sequences * hidden);
    this.#goesOn = new Uint8Array(steps * sequences);
  }

  override forward([x, cont]: [Blob, ...Blob[]], [h]: [Blob]): void {
    const [w, u, b] = this.blobs.map(({ data }) => data), { num_output: hidden } = this.param;
    const steps = this.#steps, sequences = this.#sequences, size = sequences * hidden, out = h.data;
    if (cont === undefined) {
      this.#goesOn.fill(1).fill(0, 0, sequences);
    } else {
      const values = cont.data;
      for (let i = 0; i < this.#goesOn.length; i++) this.#goesOn[i] = values[i] !== 0 ? 1 : 0;
      this.#firstHidden.set(this.#lastHidden);
      this.#firstCells.set(this.#lastCells);
    }
    const rows = { n: GATES * hidden, transB: true };
    for (let i = 0; i < steps * sequences; i++) this.#gates.set(b!, i * GATES * hidden);
    this.ops.gemm({ m: steps * sequences, k: this.#inputs, ...rows, beta: 1 }, x.data, w!, this.#gates);
    for (let t = 0; t < steps; t++) {
      const [before, cellsBefore] = this.#before(t, out);
      this.ops.gemm({ m: sequences, k: hidden, ...rows }, before, u!, this.#recurrent);
      for (let i = 0; i < size; i++) {
        const n = Math.floor(i / hidden), d = i % hidden, on = this.#goesOn[t * sequences + n] === 1;
        const at = (t * sequences + n) * GATES * hidden + d, from = n * GATES * hidden + d;
        const z = (gate: number) =>
          this.#gates[at + gate * hidden]! + (on ? this.#recurrent[from + gate * hidden]! : 0);
        const [input, forget, output] = [sigmoid(z(0)), on ? sigmoid(z(1)) : 0, sigmoid(z(2))];
        const added = Math.tanh(z(3)), cell = forget * cellsBefore[i]! + input * added;
        for (const [gate, value] of [input, forget, output, added].entries()) {
          this.#gates[at + gate * hidden] = value;
        }
        this.#cells[t * size + i] = cell;
        out[t * size + i] = output * Math.tanh(cell);
      }
    }
    this.#lastHidden.set(out.subarray((steps - 1) * size));
    this.#lastCells.set(this.#cells.subarray((steps - 1) * size));
  }

  /** What goes on in the next batch where the second bottom is not 0: h and c of the last step. */
  override save(): LSTMState {
    return { hidden: this.#lastHidden, cells: this.#lastCells };
  }

  override restore({ hidden, cells }: LSTMState): void {
    const size = this.#lastHidden.length;
    if (size > 0 && hidden.length !== size) {
      throw new RangeError(`Expected the state of ${size} cells but found that of ${hidden.length}`);
    }
    [this.#lastHidden, this.#lastCells] = [hidden, cells];
  }

  override backward([h]: [Blob], propagateDown: boolean[], [x, cont]: [Blob, ...Blob[]]): void {
    if (propagateDown[1]) cont!.diff.fill(0);
    const [w, u] = this.blobs.map(({ data }) => data),
      { num_output: hidden, clipping_threshold } = this.param;
    const steps = this.#steps, sequences = this.#sequences, size = sequences * hidden;
    const dh = h.diff.slice(), dc = new Float32Array(size), diffs = this.#gateDiffs, width = GATES * hidden;
    const bound = clipping_threshold > 0 ? clipping_threshold : Infinity;
    const back = new Float32Array(size);
    for (let t = steps - 1; t >= 0; t--) {
      const [before, cellsBefore] = this.#before(t, h.data);
      const recurrentDiffs = this.#recurrent.fill(0);
      for (let i = 0; i < size; i++) {
        const n = Math.floor(i / hidden), d = i % hidden, on = this.#goesOn[t * sequences + n] === 1;
        const at = (t * sequences + n) * width + d;
        const gate = (index: number) => this.#gates[at + index * hidden]!;
        const input = gate(0), forget = gate(1), output = gate(2), added = gate(3);
        const tanh = Math.tanh(this.#cells[t * size + i]!), slope = dh[t * size + i]!;
        const cell = dc[i]! + slope * output * (1 - tanh * tanh);
        dc[i] = cell * forget; // 0 where a sequence begins
        const parts = [
          cell * added * input * (1 - input),
          cell * cellsBefore[i]! * forget * (1 - forget),
          slope * tanh * output * (1 - output),
          cell * input * (1 - added * added),
        ];
        for (const [index, part] of parts.entries()) {
          const value = Math.min(bound, Math.max(-bound, part));
          diffs[at + index * hidden] = value;
          if (on) recurrentDiffs[n * width + index * hidden + d] = value;
        }
      }
      this.ops.gemm(
        { m: width, n: hidden, k: sequences, transA: true, beta: 1 },
        recurrentDiffs,
        before,
        this.blobs[1]!.diff,
      );
      if (t === 0) continue;
      this.ops.gemm({ m: sequences, n: hidden, k: width }, recurrentDiffs, u!, back);
      for (let i = 0; i < size; i++) dh[(t - 1) * size + i]! += back[i]!;
    }
    const rows = steps * sequences, toBias = this.blobs[2]!.diff;
    this.ops.gemm(
      { m: width, n: this.#inputs, k: rows, transA: true, beta: 1 },
      diffs,
      x.data,
      this.blobs[0]!.diff,
    );
    for (let i = 0; i < diffs.length; i++) toBias[i % width]! += diffs[i]!;
    if (propagateDown[0]) this.ops.gemm({ m: rows, n: this.#inputs, k: width }, diffs, w!, x.diff);
  }

  /** h and c before step t. */
  #before(t: number, hidden: Floats): [hidden: Floats, cells: Floats] {
    if (t === 0) return [this.#firstHidden, this.#firstCells];
    const size = this.#firstHidden.length, part = [(t - 1) * size, t * size] as const;
    return [hidden.subarray(...part), this.#cells.subarray(...part)];
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(
    graph: GraphBuilder,
    { bottoms: [x, cont], blobs: [w, u, b] }: OnnxLayer,
  ): readonly OnnxValue[] {
    const from = { graph, x, cont, inputs: w!, recurrent: u!, bias: b! };
    return [lstmSteps(from).hidden];
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
