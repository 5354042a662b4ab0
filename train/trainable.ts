import type { SolverParameter } from "../proto/messages.ts";
import type { Net } from "../net/net.ts";

/** What the loop of `train`, snapshots and hot reload need of a solver: what `Solver` is. */
export interface Trainable {
  /** The solver as it was made, upgraded. */
  readonly param: SolverParameter;
  /** The net that is trained. */
  readonly net: Net;
  /** The nets that are tested. */
  readonly testNets: readonly Net[];
  /** The number of updates so far. */
  readonly iteration: number;
  /** The learning rate of this iteration. */
  readonly learningRate: number;
  /** Clears the diffs and runs iter_size forward and backward passes, or what stands for them. Returns their mean loss. */
  forwardBackward(passes?: () => number): number;
  /** Applies the diffs; then the iteration goes up by one. */
  applyUpdate(): void;
  /** All but the parameters as the bytes of a SolverState. */
  saveState(): Uint8Array;
  /** Goes on from a SolverState. */
  restoreState(bytes: Uint8Array): void;
}
