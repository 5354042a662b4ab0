import type { Net } from "../../net/mod.ts";

/** Bins of a histogram. */
const BINS = 40;

/** The values of a parameter, or their gradients, counted. */
export interface Histogram {
  /** The least and the greatest of the values that are finite. */
  low: number;
  high: number;
  /** The square root of the sum of their squares. */
  norm: number;
  /** How many there are in equal parts of low..high. */
  counts: number[];
  /** How many are NaN or infinite. */
  notFinite: number;
}

/** A parameter, as the page shows it. */
export interface ParameterView {
  /** The layer's name, and the parameter's number in it. */
  layer: string;
  index: number;
  shape: readonly number[];
  values: Histogram;
  gradients: Histogram;
}

/** The parameters of a net with histograms. It copies them, so that training goes on as it would. */
export function viewParameters(net: Net): ParameterView[] {
  return [...net.params].flatMap(([layer, params]) =>
    params.map((param, index) => ({
      layer,
      index,
      shape: param.shape,
      values: histogram(param.read()),
      gradients: histogram(param.read("diff")),
    }))
  );
}

/** Counts values in {@link BINS} bins. */
export function histogram(values: Float32Array): Histogram {
  let low = Infinity, high = -Infinity, square = 0, notFinite = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    if (value < low) low = value;
    if (value > high) high = value;
    square += value * value;
  }
  const counts = new Array<number>(BINS).fill(0);
  if (low > high) return { low: 0, high: 0, norm: 0, counts, notFinite };
  const scale = high > low ? BINS / (high - low) : 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    counts[Math.min(BINS - 1, Math.floor((value - low) * scale))]!++;
  }
  return { low, high, norm: Math.sqrt(square), counts, notFinite };
}
