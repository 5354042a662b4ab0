/**
 * Runs each of several actions in turn, round by round, so that a machine whose speed drifts slows all of them alike,
 * and returns the median milliseconds of each. The first rounds, which choose layouts and allocate, are not counted.
 *
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { inTurn } from "./measure.ts";
 *
 * const [median] = inTurn([() => Math.sqrt(2)], { rounds: 5, warmUp: 1 });
 * ok(median! >= 0);
 * ```
 */
export function inTurn(
  actions: readonly (() => void)[],
  options: { rounds: number; warmUp: number },
): number[] {
  const times: number[][] = actions.map(() => []);
  for (let round = -options.warmUp; round < options.rounds; round++) {
    for (const [i, action] of actions.entries()) {
      const start = performance.now();
      action();
      if (round >= 0) times[i]!.push(performance.now() - start);
    }
  }
  return times.map(median);
}

/** The middle value; NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** Milliseconds that an action takes. */
export function elapsed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Repeats an action for so many milliseconds, at least once. */
export function warmUpFor(milliseconds: number, action: () => void): void {
  const start = performance.now();
  do action(); while (performance.now() - start < milliseconds);
}

/**
 * The least milliseconds that an action takes of those that fit in `budget` milliseconds, at least two: what a machine can
 * do that others use too. One run before those is not counted.
 */
export function fastest(action: () => void, budget: number): number {
  action();
  const start = performance.now();
  let least = Infinity;
  for (let run = 0; run < 2 || performance.now() - start < budget; run++) {
    least = Math.min(least, elapsed(action));
  }
  return least;
}
