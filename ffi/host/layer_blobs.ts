import { encode } from "../../proto/codec/binary.ts";
import { CremaError } from "../../base/error.ts";
import type { FillerParameter } from "../../proto/messages.ts";
import type { Blob } from "../blob.ts";

/** Makes a parameter in the engine. Throws a CremaError. */
export type AddParam = (index: number, shape: readonly number[], filler: Uint8Array) => Blob;

/**
 * The learnable parameters of a layer in TypeScript, as pycaffe's `self.blobs`: solvers update them,
 * snapshots and .caffemodel files hold them, and the prototxt's `param { name lr_mult decay_mult }` apply to
 * them in this order.
 */
export class LayerBlobs extends Array<Blob> {
  #add: AddParam | undefined;

  /** Arrays that are made from this one (`map`, `slice`) are plain. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** Allows parameters to be added while `run`, the layer's setup, runs. */
  during<Result>(add: AddParam, run: () => Result): Result {
    this.#add = add;
    try {
      return run();
    } finally {
      this.#add = undefined;
    }
  }

  /**
   * Adds a parameter, in `setup` only, with a filler as in a prototxt (`{ type: "xavier" }`; by default all
   * values are 0). Returns its blob, which stays the same for the layer's life. Values that come with the
   * layer, from a .caffemodel, win over the filler. Throws a CremaError outside setup, and for an invalid
   * filler.
   */
  add(shape: readonly number[], filler: FillerParameter = {}): Blob {
    if (this.#add === undefined) {
      throw new CremaError("Expected a parameter to be added in setup but found the call outside of it");
    }
    const blob = this.#add(this.length, shape, encode("FillerParameter", filler));
    this.push(blob);
    return blob;
  }
}
