import type { Blob } from "../blob.ts";
import type { HostLayer } from "./host_layer.ts";
import { LayerBlobs } from "./layer_blobs.ts";
import type { PlannedLayer } from "./plan_layers.ts";

/** A host layer that the engine knows by an id. */
export interface LiveLayer {
  /** How it was planned. */
  readonly planned: PlannedLayer;
  /** The object that computes. */
  layer: HostLayer;
  /** Its bottoms, the same array for the layer's whole life. */
  readonly bottoms: Blob[];
  /** Its tops, the same array for the layer's whole life. */
  readonly tops: Blob[];
  /** Its learnable parameters. */
  blobs: LayerBlobs;
  /** Which bottoms need a gradient; known from the first backward on. */
  propagateDown?: boolean[] | undefined;
  /** Whether {@link layer} has completed a forward pass. */
  proven: boolean;
  /** The version of {@link layer} that it replaced. */
  previous?: Pick<LiveLayer, "layer" | "blobs"> | undefined;
}

/** Whether the bridge may set a layer's `blobs`: it has none, or the empty list that a `Layer` begins with. */
export function ownsBlobs(layer: HostLayer): boolean {
  return layer.blobs === undefined ? Object.isExtensible(layer) : layer.blobs instanceof LayerBlobs;
}

/** A method returned a promise. */
export class UnfinishedError extends TypeError {}

/** Throws an {@link UnfinishedError} when a method returned a promise: the engine would go on before the layer is done. */
export function checkFinished(result: unknown): void {
  if (result instanceof Promise) {
    result.catch(() => {}); // the error below is enough
    throw new UnfinishedError(
      "Expected the method to be done when it returns but found a promise: layers are synchronous",
    );
  }
}

/** Runs a layer's backward. Throws a TypeError when it has none and one is needed. */
export function runBackward({ layer, tops, bottoms, blobs }: LiveLayer, propagateDown: boolean[]): void {
  if (layer.backward !== undefined) {
    checkFinished(layer.backward(tops, propagateDown, bottoms));
  } else if (propagateDown.includes(true)) {
    throw new TypeError(
      "Expected a layer with a method 'backward' but found none, and a bottom's gradient is needed. " +
        "Add the method, or set `propagate_down: false` for each bottom",
    );
  } else if (blobs.length > 0) {
    throw new TypeError(
      "Expected a layer with a method 'backward' but found none, and its parameters are to be learned. " +
        "Add the method, or set `param { lr_mult: 0 }` for each parameter",
    );
  }
}
