import type { ScoreState, SolverParameter, SourceState } from "../proto/messages.ts";
import type { Net } from "../net/net.ts";

/** What the training loop keeps in the solver's state, so that a resumed run goes on with it. */
export interface TrainProgress {
  /** The iterations of the snapshots on disk, of a solver with `snapshot_keep`. */
  snapshots: readonly number[];
  /** How the score has gone, of a solver with `patience` or `snapshot_best`. */
  score?: ScoreState | undefined;
}

/** The part of a `Solver` that the loop of `train`, snapshots and hot reload need. */
export interface Trainable {
  /** The solver as it was made, upgraded. */
  readonly param: Readonly<SolverParameter>;
  /** The train net. */
  readonly net: Net;
  /** The test nets. */
  readonly testNets: readonly Net[];
  /** The number of updates so far. */
  readonly iteration: number;
  /** The learning rate of this iteration. */
  readonly learningRate: number;
  /** What the training loop keeps between runs. */
  readonly progress: TrainProgress;
  /**
   * Clears the diffs and runs iter_size forward and backward passes, or `passes` instead. Returns their mean
   * loss.
   */
  forwardBackward(passes?: () => number): number;
  /** Applies the diffs, then increments the iteration. */
  applyUpdate(): void;
  /** What all layers in TypeScript keep; with `quick`, without what takes long to save. */
  sourceStates(options?: { quick?: boolean | undefined }): SourceState[];
  /** Everything except the parameters, as the bytes of a SolverState, with these `sources` or the present ones. */
  saveState(sources?: SourceState[]): Uint8Array;
  /** Restores a SolverState. */
  restoreState(bytes: Uint8Array): void;
}
