import ort from "onnxruntime-node";
import { join } from "node:path";
import { exportOnnx } from "../net/export/mod.ts";
import type { Net } from "../net/mod.ts";
import { openSession } from "./onnxruntime_session.ts";
import { onnxRuntimePeak } from "./peak.ts";
import { WARM_UP } from "./turns.ts";

/** A net for deployment in onnxruntime, as `crema export` writes it, which takes its turns with the engines. */
export class OnnxRuntimeContestant implements AsyncDisposable {
  /** Milliseconds of each counted pass. */
  readonly forward: number[] = [];
  readonly #model: Uint8Array;
  readonly #session: ort.InferenceSession;
  readonly #inputs: Record<string, ort.Tensor>;
  readonly #threads: number;
  readonly #batch: number;

  private constructor(net: Net, model: Uint8Array, session: ort.InferenceSession) {
    this.#model = model;
    this.#session = session;
    this.#threads = net.handle.engine.threads;
    this.#batch = net.blob(net.inputs[0]!).shape[0]!;
    this.#inputs = Object.fromEntries(net.inputs.map((name) => {
      const { shape } = net.blob(name);
      return [name, new ort.Tensor("float32", net.blob(name).read(), shape)];
    }));
  }

  /** Exports a net with its parameters, and opens that. Throws what the export, or onnxruntime, throws. */
  static async create(net: Net): Promise<OnnxRuntimeContestant> {
    const model = await exportOnnx(net.param, { engine: net.handle.engine, weights: net.handle.save(false) });
    return new OnnxRuntimeContestant(net, model, await openSession(model, net.handle.engine.threads));
  }

  /** Runs so many counted passes, after uncounted ones. */
  async turn(passes: number): Promise<void> {
    const start = performance.now();
    do await this.#session.run(this.#inputs); while (performance.now() - start < WARM_UP);
    for (let i = 0; i < passes; i++) {
      const before = performance.now();
      await this.#session.run(this.#inputs);
      this.forward.push(performance.now() - before);
    }
  }

  /** The most that a process's memory grows by with it. */
  async peakBytes(): Promise<number> {
    const folder = await Deno.makeTempDir();
    try {
      const file = join(folder, "model.onnx");
      await Deno.writeFile(file, this.#model);
      return await onnxRuntimePeak(file, this.#threads, this.#batch);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  /** Ends the session. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}
