import type { Blob } from "../../ffi/blob.ts";

/** What {@link checkGradient} runs: a net, or anything with these two methods. */
export interface Differentiable {
  /** Runs forward and returns the loss. */
  forward(): number;
  /** Runs backward; forward ran before. */
  backward(): void;
}

/** How closely to check. */
export interface CheckGradientOptions {
  /** h of the difference (E(x + h) − E(x − h)) / 2h. Default 0.01. */
  step?: number | undefined;
  /** How far apart the gradients may be, relative to the larger one, but at least to 1. Default 0.01. */
  threshold?: number | undefined;
  /** Values closer than `range` to a kink at `at` are skipped: for ReLU and the like. */
  kink?: { at: number; range: number };
  /** How many elements of the blob to check at most, evenly spread. Default all. */
  samples?: number | undefined;
}

/** An element whose gradient differs from the loss's slope. */
export interface GradientMismatch {
  /** Its index in the blob. */
  index: number;
  /** The gradient from backward. */
  analytic: number;
  /** The difference quotient of the loss. */
  numeric: number;
}

/**
 * Compares the gradient of a blob (a parameter or an input) with the loss's difference quotient,
 * (E(x + h) − E(x − h)) / 2h, element by element, as Caffe's GradientChecker does. Returns the elements that
 * differ.
 */
export function checkGradient(
  net: Differentiable,
  blob: Blob,
  options: CheckGradientOptions = {},
): GradientMismatch[] {
  const { step = 1e-2, threshold = 1e-2, kink, samples = Infinity } = options;
  blob.diff.fill(0);
  net.forward();
  net.backward();
  const gradient = blob.diff.slice();
  const stride = Math.max(1, Math.floor(gradient.length / samples));
  const mismatches: GradientMismatch[] = [];
  for (let index = 0; index < gradient.length; index += stride) {
    const value = blob.data[index]!;
    if (kink !== undefined && Math.abs(value - kink.at) < kink.range) continue;
    const lossAt = (x: number) => {
      blob.data[index] = x;
      return net.forward();
    };
    const numeric = centralDifference(lossAt, value, step);
    blob.data[index] = value;
    const analytic = gradient[index]!;
    const scale = Math.max(1, Math.abs(analytic), Math.abs(numeric));
    if (!(Math.abs(analytic - numeric) <= threshold * scale)) mismatches.push({ index, analytic, numeric });
  }
  net.forward();
  return mismatches;
}

/** The slope of a loss at a value: (E(x + h) − E(x − h)) / 2h. */
export function centralDifference(lossAt: (x: number) => number, value: number, step: number): number {
  const up = Math.fround(value + step), down = Math.fround(value - step);
  return (lossAt(up) - lossAt(down)) / (up - down);
}
