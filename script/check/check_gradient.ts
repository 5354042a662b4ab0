import type { Blob } from "../../ffi/blob.ts";

/** What {@link checkGradient} runs: a net, or anything of its shape. */
export interface Differentiable {
  /** Runs forward and returns the loss. */
  forward(): number;
  /** Runs backward after a forward. */
  backward(): void;
}

/** How closely to check. */
export interface CheckGradientOptions {
  /** Half the distance between the two losses of a difference. Default 0.01. */
  step?: number | undefined;
  /** How far apart the two gradients may be, in parts of the larger one, or of 1 if that is smaller. Default 0.01. */
  threshold?: number | undefined;
  /** Values closer than that to a kink are skipped, with the place of the kink: for ReLU and the like. */
  kink?: { at: number; range: number };
  /** At most so many elements of each blob are checked, evenly spread. Default all. */
  samples?: number | undefined;
}

/** An element whose gradient is not that of the loss. */
export interface GradientMismatch {
  /** Its index in the blob. */
  index: number;
  /** The gradient that backward computed. */
  analytic: number;
  /** The difference quotient of the loss. */
  numeric: number;
}

/**
 * Compares the gradient of a blob (a parameter or an input) with the loss's difference quotient, element by element, as
 * Caffe's GradientChecker does: (E(x + h) − E(x − h)) / 2h. Returns the elements that differ, none when all is right.
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
