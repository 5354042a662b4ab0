import type { Phase, SourceState } from "../../proto/messages.ts";
import type { Blob } from "../blob.ts";
import type { LayerBlobs } from "./layer_blobs.ts";

/**
 * A layer that lives in TypeScript: what the engine calls. Methods run synchronously, on the thread that runs the net.
 * The arrays are the same for the layer's whole life; ask the blobs for their `data` and `diff` anew in every call.
 */
export interface HostLayer {
  /** Its learnable parameters, set before {@link setup} unless the layer has a `blobs` of its own. */
  blobs?: LayerBlobs | undefined;
  /** Once, before the first reshape. Here, and only here, parameters are added to {@link blobs}. */
  setup?(bottoms: Blob[], tops: Blob[]): void;
  /** Shapes the tops; before every forward. */
  reshape(bottoms: Blob[], tops: Blob[]): void;
  /** Computes the tops' data from the bottoms' data. */
  forward(bottoms: Blob[], tops: Blob[]): void;
  /**
   * Computes the diff of each bottom whose entry of `propagateDown` is true, from the tops' diff, and adds to the diff of
   * each of {@link blobs}.
   */
  backward?(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void;
  /** Where the layer's records stand, for an exact resume (data layers). */
  saveState?(): SourceState;
  /** Goes back to where {@link saveState} was called. */
  restoreState?(state: SourceState): void;
  /** What a newer version of the layer's class takes over by {@link restore}, when its module is edited during training. */
  save?(): unknown;
  /** Takes over what {@link save} of the version before returned; after setup, before reshape. */
  restore?(state: unknown): void;
  /** Called when the net is disposed. */
  [Symbol.dispose]?(): void;
}

/** What a layer's maker knows besides the layer's parameter. */
export interface HostLayerContext {
  /** What the net is for. */
  phase: Phase;
  /** The prototxt, for relative paths. */
  file?: string | undefined;
  /** -1 for the train net, else the index of the test net. */
  net: number;
  /** The seed of the run; absent when it goes by chance. */
  seed?: number | undefined;
}
