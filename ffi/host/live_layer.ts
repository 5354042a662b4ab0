import type { Blob } from "../blob.ts";
import { Status } from "../engine.ts";
import type { HostLayer } from "./host_layer.ts";
import type { PlannedLayer } from "./plan_layers.ts";
import { LayerBlobs } from "./layer_blobs.ts";

/** A host layer that the engine holds by its id. */
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
  /** Which bottoms want a gradient, once the engine has said it. */
  propagateDown: boolean[] | undefined;
  /** Whether a forward of {@link layer} came to its end. */
  proven: boolean;
  /** What was in the place of {@link layer} before. */
  before: { layer: HostLayer; blobs: LayerBlobs } | undefined;
}

/** Whether `blobs` of a layer is the bridge's to set: not there yet, or the empty one that a `Layer` begins with. */
export function ownBlobs(layer: HostLayer): boolean {
  return layer.blobs === undefined ? Object.isExtensible(layer) : layer.blobs instanceof LayerBlobs;
}

/** Status of a method that returned. A promise is a mistake: the engine would go on before the layer is done. */
export function finished(result: unknown): number {
  if (result instanceof Promise) {
    result.catch(() => {}); // it is reported already
    throw new TypeError(
      "Expected the method to be done when it returns but found a promise: layers are synchronous",
    );
  }
  return Status.OK;
}
