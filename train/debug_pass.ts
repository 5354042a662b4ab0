import type { Blob, NetHandle, NetLayer } from "../ffi/mod.ts";
import type { LayerParameter, NetParameter } from "../proto/mod.ts";
import type { DebugEvent, DebugNormsEvent } from "./events.ts";

/** Receives the events of a pass. */
export type DebugSink = (event: DebugEvent | DebugNormsEvent) => void;

/**
 * Runs forward and backward layer by layer and reports the mean absolute value of every blob, as Caffe does
 * with `debug_info`. Slower than a whole pass, so it runs only in iterations that are displayed.
 */
export class DebugPass {
  readonly #net: NetHandle;
  readonly #params: ReadonlyMap<string, LayerParameter>;
  readonly #iteration: number;
  readonly #sink: DebugSink;

  /** `param` is the NetParameter of the net. `iteration` goes into the events. */
  constructor(net: NetHandle, param: NetParameter, iteration: number, sink: DebugSink) {
    this.#net = net;
    this.#params = new Map((param.layer ?? []).map((layer) => [layer.name ?? "", layer]));
    this.#iteration = iteration;
    this.#sink = sink;
  }

  /** Runs the layers from first to last. Returns the weighted sum of their losses. */
  forward(): number {
    const net = this.#net;
    for (const input of net.inputs) {
      const blob = net.blobs[input];
      if (blob !== undefined) this.#tell("forward", undefined, "input", net.blobNames[input] ?? "", blob);
    }
    let loss = 0;
    for (const [i, layer] of net.layers.entries()) {
      loss = Math.fround(loss + net.forward(i, i));
      for (const top of layer.tops) this.#tellBlob("forward", layer, "top", top);
      for (const [j, param] of layer.params.entries()) {
        this.#tell("forward", layer, "param", this.#paramName(layer, j), param);
      }
    }
    return loss;
  }

  /** Runs the layers from last to first. Adds to the parameters' diffs. */
  backward(): void {
    const net = this.#net;
    for (const [i, layer] of [...net.layers.entries()].reverse()) {
      if (!layer.needsBackward) continue;
      net.backward(i, i);
      for (const [j, bottom] of layer.bottoms.entries()) {
        if (this.#wantsDiff(i, j, bottom)) this.#tellBlob("backward", layer, "bottom", bottom);
      }
      const specs = this.#params.get(layer.name)?.param;
      for (const [j, param] of layer.params.entries()) {
        if ((specs?.[j]?.lr_mult ?? 1) !== 0) this.#tell("backward", layer, "param", String(j), param);
      }
    }
    this.#tellNorms();
  }

  /**
   * Whether backward computes the diff of a layer's bottom: the layer that produces the bottom must need it.
   */
  #wantsDiff(layer: number, bottom: number, blob: number): boolean {
    const { layers } = this.#net;
    if (this.#params.get(layers[layer]?.name ?? "")?.propagate_down?.[bottom] === false) return false;
    const producer = layers.slice(0, layer).findLast((candidate) => candidate.tops.includes(blob));
    return producer?.needsBackward ?? false;
  }

  #paramName(layer: NetLayer, index: number): string {
    return this.#params.get(layer.name)?.param?.[index]?.name || String(index);
  }

  #tellBlob(pass: DebugEvent["pass"], layer: NetLayer, role: DebugEvent["role"], index: number): void {
    const blob = this.#net.blobs[index];
    if (blob !== undefined) this.#tell(pass, layer, role, this.#net.blobNames[index] ?? "", blob);
  }

  #tell(
    pass: DebugEvent["pass"],
    layer: NetLayer | undefined,
    role: DebugEvent["role"],
    name: string,
    blob: Blob,
  ): void {
    const { asum } = blob.norms(pass === "forward" ? "data" : "diff");
    this.#sink({
      type: "debug",
      iteration: this.#iteration,
      pass,
      layer: layer?.name,
      role,
      blob: name,
      value: blob.count === 0 ? 0 : asum / blob.count,
    });
  }

  #tellNorms(): void {
    const l1 = { data: 0, diff: 0 }, squares = { data: 0, diff: 0 };
    for (const { blob } of this.#net.learnable) {
      for (const what of ["data", "diff"] as const) {
        const { asum, sumsq } = blob.norms(what);
        l1[what] += asum;
        squares[what] += sumsq;
      }
    }
    const l2 = { data: Math.sqrt(squares.data), diff: Math.sqrt(squares.diff) };
    this.#sink({ type: "debugNorms", iteration: this.#iteration, l1, l2 });
  }
}
