import type { Phase, SolverParameter, SourceState } from "../../proto/messages.ts";
import type { Blob } from "../blob.ts";
import type { LayerBlobs } from "./layer_blobs.ts";
import type { LayerRandom } from "./layer_random.ts";

/**
 * A layer in TypeScript, as the engine calls it. Methods run synchronously, on the thread that runs the net.
 * The arrays stay the same for the layer's whole life; get the blobs' `data` and `diff` again in every call.
 */
export interface HostLayer {
  /** Its learnable parameters, set before {@link setup} unless the layer has a `blobs` of its own. */
  blobs?: LayerBlobs | undefined;
  /** Called once, before the first reshape: the only place where parameters can be added to {@link blobs}. */
  setup?(bottoms: Blob[], tops: Blob[]): void;
  /** Shapes the tops; called before every forward. */
  reshape(bottoms: Blob[], tops: Blob[]): void;
  /** Computes the tops' data from the bottoms' data. */
  forward(bottoms: Blob[], tops: Blob[]): void;
  /**
   * Computes the diff of each bottom whose entry of `propagateDown` is true, from the tops' diff, and adds to
   * the diff of each of {@link blobs}.
   */
  backward?(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void;
  /** Its random numbers: a snapshot keeps how many were drawn. */
  readonly random?: LayerRandom;
  /** How far a data layer has read, for an exact resume. */
  saveState?(): SourceState;
  /** Goes on from where {@link saveState} was called. */
  restoreState?(state: SourceState): void;
  /** What users should know that happened since the last call. */
  takeWarnings?(): string[];
  /**
   * What the object knows beside its parameters, for snapshots, and for a newer version of its class when the module
   * is edited: anything that `structuredClone` copies. See {@link restore}.
   */
  save?(): unknown;
  /** Takes over a copy of what {@link save} returned; called after setup, and before a reshape. */
  restore?(state: unknown): void;
  /** Called when the net is disposed. */
  [Symbol.dispose]?(): void;
}

/** What is known when a layer is made, besides its parameter. */
export interface HostLayerContext {
  /** What the net is for. */
  phase: Phase;
  /** The prototxt, for relative paths. */
  file?: string | undefined;
  /** -1 for the train net, else the index of the test net. */
  net: number;
  /** The seed of the run; absent when it is random. */
  seed?: number | undefined;
  /** The solver's parameters; absent for a net without a solver. */
  solverParam?: SolverParameter | undefined;
}
