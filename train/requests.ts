/** What can be asked of a running training. */
export type TrainAction = "stop" | "snapshot";

/**
 * What others ask of a running training: a signal handler, a button, a test. The loop takes the requests between two
 * iterations. As in Caffe, a request made twice before it is taken counts once, and snapshots come before a stop.
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

  /** Asks for an action. */
  ask(action: TrainAction): void {
    this.#pending.add(action);
  }

  /** Whether an action was asked for and not yet taken. */
  has(action: TrainAction): boolean {
    return this.#pending.has(action);
  }

  /** Takes the next action, if there is one. */
  take(): TrainAction | undefined {
    for (const action of ["snapshot", "stop"] as const) {
      if (this.#pending.delete(action)) return action;
    }
    return undefined;
  }
}
