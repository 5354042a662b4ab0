import { CremaError } from "../base/error.ts";
import { openWeights } from "../net/read_weights.ts";
import { Breather } from "./breather.ts";
import type { Solver } from "./solver.ts";

/** How to look for a learning rate. */
export interface FindLearningRateOptions {
  /** The first rate. Default: 1e-8. */
  from?: number | undefined;
  /** The last rate. Default: 1. */
  to?: number | undefined;
  /** The number of rates, each for one iteration. Default: 100. */
  steps?: number | undefined;
  /**
   * The share of the old mean in the moving average of the losses, from 0 to below 1, which decides when to stop. It
   * says over how many losses slopes are taken, too. Default: 0.9.
   */
  smoothing?: number | undefined;
  /** The test ends when the smoothed loss is so many times the least one. Default: 4. */
  stopAt?: number | undefined;
  /** Called after each iteration. */
  onStep?: ((step: { index: number; rate: number; loss: number; smoothed: number }) => void) | undefined;
  /** Ends the test when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** What a learning rate range test has found. */
export interface LearningRateTest {
  /** The rates, growing. */
  rates: number[];
  /** The loss of the iteration at each rate, before its update. */
  losses: number[];
  /** The means of the losses around each rate, which lag in neither direction. */
  smoothed: number[];
  /** The rate at which the losses fall fastest over the logarithm of the rate; undefined if they never fall. */
  suggestion: number | undefined;
  /** Whether the loss grew so much, or stopped to be finite, that the test ended before the last rate. */
  diverged: boolean;
}

/**
 * Looks for a good learning rate, as in the range test of Smith, "Cyclical learning rates for training neural networks"
 * (2015, https://arxiv.org/abs/1506.01186): trains a few iterations while the rate grows from `from` to `to` by a
 * constant factor, and suggests the one at which the loss falls fastest. The solver is then as it was before, with its
 * parameters, state and positions in the data. Throws a CremaError for options that make no sense.
 */
export async function findLearningRate(
  solver: Solver,
  options: FindLearningRateOptions = {},
): Promise<LearningRateTest> {
  const { from = 1e-8, to = 1, steps = 100, smoothing = 0.9, stopAt = 4, onStep, signal } = options;
  const check = (isGood: boolean, expected: string) => {
    if (!isGood) throw new CremaError(`Expected ${expected}`);
  };
  check(from > 0 && Number.isFinite(from), `a first rate above 0 but found ${from}`);
  check(to > from && Number.isFinite(to), `a last rate above the first one, ${from}, but found ${to}`);
  check(Number.isInteger(steps) && steps >= 2, `2 steps or more but found ${steps}`);
  check(smoothing >= 0 && smoothing < 1, `a smoothing from 0 to below 1 but found ${smoothing}`);
  check(stopAt > 1, `a factor above 1 at which to stop but found ${stopAt}`);
  const found: LearningRateTest = {
    rates: [],
    losses: [],
    smoothed: [],
    suggestion: undefined,
    diverged: false,
  };
  const restore = remember(solver);
  const breather = new Breather();
  let mean = 0, least = Infinity;
  try {
    for (let index = 0; index < steps && !signal?.aborted; index++) {
      const rate = from * (to / from) ** (index / (steps - 1));
      solver.learningRate = rate;
      const loss = solver.forwardBackward();
      mean = smoothing * mean + (1 - smoothing) * loss;
      // Without the weight of the 0 that the mean began with.
      const smoothed = mean / (1 - smoothing ** (index + 1));
      if (!Number.isFinite(loss) || (index > 0 && smoothed > stopAt * least && least > 0)) {
        found.diverged = true;
        break;
      }
      solver.applyUpdate();
      least = Math.min(least, smoothed);
      found.rates.push(rate);
      found.losses.push(loss);
      onStep?.({ index, rate, loss, smoothed });
      if (breather.isDue) await breather.breathe();
    }
  } finally {
    await restore();
  }
  // As many losses to each side as the moving average looks back on the whole.
  const reach = Math.max(1, Math.round(smoothing / (1 - smoothing) / 2));
  found.smoothed = centredMeans(found.losses, reach);
  found.suggestion = steepest(found.rates, found.losses, reach);
  return found;
}

/** Keeps the solver's parameters and state. Returns what brings them back. */
function remember(solver: Solver): () => Promise<void> {
  const weights = solver.net.handle.save(false), state = solver.saveState();
  const giveBackRate = solver.keepLearningRate();
  return async () => {
    const copyTo = await openWeights(weights);
    copyTo(solver.net.handle);
    solver.restoreState(state);
    giveBackRate();
  };
}

/** The mean of each value and of its neighbours up to `reach` away, as far as there are any on both sides. */
function centredMeans(values: readonly number[], reach: number): number[] {
  return values.map((_, i) => {
    const side = Math.min(reach, i, values.length - 1 - i);
    const near = values.slice(i - side, i + side + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/**
 * The rate at which losses fall fastest over its logarithm, up to their minimum: the slope at a rate is that of the line
 * which fits the losses up to `reach` steps away best. Undefined where no slope goes down.
 *
 * ```ts
 * import { steepest } from "./find_learning_rate.ts";
 * import assert from "node:assert/strict";
 *
 * const losses = [9, 9, 9, 9, 8.9, 8.5, 6, 4, 3.9, 5, 9];
 * const rates = losses.map((_, i) => 10 ** (i - 10));
 * assert.equal(steepest(rates, losses, 1), 1e-4);
 * ```
 */
export function steepest(
  rates: readonly number[],
  losses: readonly number[],
  reach: number,
): number | undefined {
  const means = centredMeans(losses, reach);
  const least = means.indexOf(means.reduce((a, b) => Math.min(a, b), Infinity));
  let best: number | undefined, steepestSlope = 0;
  for (let i = reach; i <= Math.min(least, losses.length - 1 - reach); i++) {
    let products = 0, squares = 0;
    for (let k = -reach; k <= reach; k++) {
      products += k * losses[i + k]!;
      squares += k * k;
    }
    const slope = products / squares;
    if (slope < steepestSlope) [best, steepestSlope] = [rates[i], slope];
  }
  return best;
}
