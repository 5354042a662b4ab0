import type { Net } from "../net/mod.ts";
import { median } from "./measure.ts";
import { PyTorchNet } from "./pytorch.ts";
import { torchLayers } from "./torch_layers.ts";
import { fasterLayout, type TorchLayout } from "./torch_layout.ts";
import { rest, WARM_UP } from "./turns.ts";

/** Milliseconds of each counted pass. */
export interface Times {
  forward: number[];
  backward: number[];
  update: number[];
}

/** A net in PyTorch, in the layout that is faster, which takes its turns with the engines. */
export class PyTorchContestant implements Times, AsyncDisposable {
  readonly forward: number[] = [];
  readonly backward: number[] = [];
  readonly update: number[] = [];
  /** The net in its own process. */
  readonly net: PyTorchNet;
  /** The layout of images. */
  readonly layout: TorchLayout;
  /** The most that the memory of its process has grown by since before the net was made. */
  peakBytes = 0;
  /** Uncounted passes at the start of a turn. */
  #warmUp = 1;

  /** A net that is there, which has not run. */
  constructor(net: PyTorchNet, layout: TorchLayout) {
    this.net = net;
    this.layout = layout;
  }

  /**
   * Builds a net that has run forward, so that layers in TypeScript made the values that PyTorch gets of them. A net for
   * testing evaluates only. Throws an Error that says why when PyTorch can't build it.
   */
  static async create(python: string, net: Net): Promise<PyTorchContestant> {
    const options = { threads: net.handle.engine.threads, evaluate: net.phase === "TEST" };
    const layers = torchLayers(net);
    const layout = await fasterLayout(python, layers, options);
    await rest();
    const channelsLast = layout === "channels last";
    return new PyTorchContestant(
      await PyTorchNet.create(python, layers, { ...options, channelsLast }),
      layout,
    );
  }

  /** Runs so many counted passes, after uncounted ones. */
  async turn(passes: number): Promise<void> {
    const { forward_ms, backward_ms, update_ms, peak_bytes } = await this.net.run(this.#warmUp + passes);
    this.forward.push(...forward_ms.slice(this.#warmUp));
    this.backward.push(...backward_ms.slice(this.#warmUp));
    this.update.push(...update_ms.slice(this.#warmUp));
    this.peakBytes = peak_bytes;
    // A net that evaluates has no times of backward and update.
    const pass = [this.forward, this.backward, this.update].reduce(
      (sum, times) => sum + (times.length === 0 ? 0 : median(times)),
      0,
    );
    this.#warmUp = Math.ceil(WARM_UP / pass);
  }

  /** Ends its process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.net[Symbol.asyncDispose]();
  }
}
