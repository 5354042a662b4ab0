/** The actions that can be requested of a training run. */
export type TrainAction = "stop" | "snapshot";

/**
 * Requests to a training run, from a signal handler, a button or a test. The training loop takes them between
 * two iterations. As in Caffe, a request that is made twice before it is taken counts once, and a snapshot
 * comes before a stop.
 *
 * ```ts
 * import { TrainRequests } from "./requests.ts";
 * import assert from "node:assert/strict";
 *
 * const requests = new TrainRequests();
 * requests.ask("stop");
 * requests.ask("snapshot");
 * assert.equal(requests.take(), "snapshot");
 * assert.equal(requests.take(), "stop");
 * assert.equal(requests.take(), undefined);
 * ```
 */
export class TrainRequests {
  readonly #pending = new Set<TrainAction>();

  /** Requests an action. */
  ask(action: TrainAction): void {
    this.#pending.add(action);
  }

  /** Whether an action was requested and not yet taken. */
  has(action: TrainAction): boolean {
    return this.#pending.has(action);
  }

  /** Takes the next requested action, if there is one. */
  take(): TrainAction | undefined {
    for (const action of ["snapshot", "stop"] as const) {
      if (this.#pending.delete(action)) return action;
    }
    return undefined;
  }
}
