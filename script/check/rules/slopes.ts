import { centralDifference } from "../check_gradient.ts";

/**
 * h of the differences (E(x + h) − E(x − h)) / 2h: a large one for flat losses, small ones for curved ones.
 */
const STEPS = [1e-2, 2e-3, 5e-4];

/** A gradient, and a loss whose slopes it should be. */
export interface SlopeOptions {
  /** What backward computed. */
  gradient: Float32Array;
  /** Indices of the elements to look at. */
  elements: readonly number[];
  /** The value of an element. */
  valueAt(index: number): number;
  /** The loss when an element has another value. */
  lossAt(index: number, value: number): number;
  /** How far apart gradient and slope may be, relative to the larger one. */
  tolerance: number;
}

/** An element whose gradient differs from the slope of the loss. */
export interface SlopeMismatch {
  index: number;
  /** The slope of the loss. */
  expected: number;
  /** What backward computed. */
  found: number;
}

/** The result of a comparison. */
export interface SlopeReport {
  mismatches: SlopeMismatch[];
  /** The largest absolute slope. */
  steepest: number;
  /** gradient / slope, if it is the same everywhere. */
  factor: number | undefined;
}

/**
 * Compares a gradient with the slopes of the loss, which are central differences. An element is right if it
 * agrees for any step (curvature spoils large steps, rounding small ones), or lies between the slopes on both
 * sides of a kink.
 */
export function compareSlopes(options: SlopeOptions): SlopeReport {
  const { gradient, elements, valueAt, tolerance } = options;
  const slopes = elements.map((index) => {
    const value = valueAt(index);
    const lossAt = (x: number) => options.lossAt(index, x);
    return { index, value, lossAt, slope: centralDifference(lossAt, value, STEPS[0]!), loss: lossAt(value) };
  });
  const size = (x: number) => Number.isFinite(x) ? Math.abs(x) : 0;
  const steepest = slopes.reduce((most, { slope }) => Math.max(most, size(slope)), 0);
  const greatest = slopes.reduce((most, { index }) => Math.max(most, size(gradient[index]!)), steepest);
  const mismatches: SlopeMismatch[] = [];
  for (const { index, value, lossAt, slope, loss } of slopes) {
    const found = gradient[index]!;
    const near = (expected: number, step: number) => {
      const rounding = 3e-7 * Math.abs(loss) / step;
      const scale = Math.max(Math.abs(found), Math.abs(expected), greatest / 10);
      return Math.abs(found - expected) <= tolerance * scale + rounding;
    };
    if (near(slope, STEPS[0]!)) continue;
    if (STEPS.slice(1).some((step) => near(centralDifference(lossAt, value, step), step))) continue;
    const step = STEPS.at(-1)!;
    const sides = [-step, step].map((h) => (lossAt(Math.fround(value + h)) - loss) / h);
    const [least, most] = [Math.min(...sides), Math.max(...sides)];
    const kink = most - least > tolerance * greatest;
    if (kink && found >= least - tolerance * greatest && found <= most + tolerance * greatest) continue;
    mismatches.push({ index, expected: slope, found });
  }
  return { mismatches, steepest, factor: commonFactor(mismatches, slopes.length, tolerance) };
}

/** gradient / slope, if it is the same for all elements with a large slope. */
function commonFactor(
  mismatches: readonly SlopeMismatch[],
  elements: number,
  tolerance: number,
): number | undefined {
  const greatest = Math.max(...mismatches.map(({ expected }) => Math.abs(expected)));
  const telling = mismatches.filter(({ expected }) => Math.abs(expected) > greatest / 10);
  if (telling.length < Math.min(2, elements) || mismatches.length < elements / 2) return undefined;
  const factors = telling.map(({ expected, found }) => found / expected).sort((a, b) => a - b);
  const middle = factors[Math.floor(factors.length / 2)]!;
  const same = factors.every((factor) => Math.abs(factor - middle) <= 5 * tolerance * Math.abs(middle));
  return same && middle !== 0 ? middle : undefined;
}

/** At most `samples` indices of an array, evenly spread. */
export function sampled(length: number, samples: number): number[] {
  const stride = Math.max(1, Math.ceil(length / samples));
  // An odd stride visits every row and column.
  const odd = stride === 1 ? 1 : stride | 1;
  return Array.from({ length: Math.ceil(length / odd) }, (_, i) => i * odd);
}
