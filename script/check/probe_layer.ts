import type { Blob } from "../../ffi/blob.ts";
import type { HostLayer } from "../../ffi/host/host_layer.ts";
import { patternless } from "./examples/patternless.ts";

/**
 * A loss over any tops: the sum of their values, each with its own weight, so that symmetry hides no
 * gradient. The sum has double precision, so that what does not change drops out of differences.
 */
export class ProbeLayer implements HostLayer {
  /** The loss of the last forward. */
  value = 0;
  readonly #period: number;
  #weights: Float32Array[] = [];

  /** The weights repeat after `period` bottoms. */
  constructor(period: number) {
    this.#period = period;
  }

  /** Makes the weights, and the loss a scalar. */
  reshape(bottoms: Blob[], [loss]: Blob[]): void {
    this.#weights = bottoms.map(({ count }, i) =>
      patternless(count, 50 + i % this.#period).map((x) => x + Math.sign(x) / 2)
    );
    loss!.reshape();
  }

  /** E = Σ w x over all bottoms. */
  forward(bottoms: Blob[], [loss]: Blob[]): void {
    this.value = 0;
    for (const [i, { data }] of bottoms.entries()) {
      const weights = this.#weights[i]!;
      for (let k = 0; k < data.length; k++) this.value += data[k]! * weights[k]!;
    }
    loss!.data[0] = this.value;
  }

  /** dx = w dE. */
  backward([loss]: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    const factor = loss!.diff[0]!;
    for (const [i, bottom] of bottoms.entries()) {
      if (propagateDown[i]) bottom.diff.set(this.#weights[i]!.map((weight) => factor * weight));
    }
  }
}
