import type { Blob } from "../../ffi/blob.ts";
import type { HostLayer } from "../../ffi/host/host_layer.ts";
import { patternless } from "./examples/patternless.ts";

/**
 * A loss over any tops: the sum of their values, each times a number of its own, so that no gradient is hidden by symmetry.
 * Summed in double precision: what does not change drops out of differences.
 */
export class ProbeLayer implements HostLayer {
  /** The loss of the last forward. */
  value = 0;
  readonly #period: number;
  #weights: Float32Array[] = [];

  /** The numbers are the same again after `period` bottoms. */
  constructor(period: number) {
    this.#period = period;
  }

  /** Shapes the loss. */
  reshape(bottoms: Blob[], [loss]: Blob[]): void {
    this.#weights = bottoms.map(({ count }, i) =>
      patternless(count, 50 + i % this.#period).map((x) => x + Math.sign(x) / 2)
    );
    loss!.reshape();
  }

  /** Sums. */
  forward(bottoms: Blob[], [loss]: Blob[]): void {
    this.value = 0;
    for (const [i, { data }] of bottoms.entries()) {
      const weights = this.#weights[i]!;
      for (let k = 0; k < data.length; k++) this.value += data[k]! * weights[k]!;
    }
    loss!.data[0] = this.value;
  }

  /** The gradient is the weights. */
  backward([loss]: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    const factor = loss!.diff[0]!;
    for (const [i, bottom] of bottoms.entries()) {
      if (propagateDown[i]) bottom.diff.set(this.#weights[i]!.map((weight) => factor * weight));
    }
  }
}
