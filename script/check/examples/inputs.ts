import type { ExampleBottom, LayerExample } from "../../../layers/layer_example.ts";
import { patternless } from "./patternless.ts";

/** A bottom with its values. */
export interface Input {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** The bottoms of an example, with shapes written out as objects. */
export function bottomsOf({ bottoms }: LayerExample): ExampleBottom[] {
  return bottoms.map((bottom) => isShape(bottom) ? { shape: bottom } : bottom);
}

function isShape(bottom: readonly number[] | ExampleBottom): bottom is readonly number[] {
  return Array.isArray(bottom);
}

/** Whether a bottom has a gradient, as far as its example says. */
export function hasGradient({ gradient, labels, values }: ExampleBottom): boolean {
  return gradient ?? (labels === undefined && values === undefined);
}

/** How inputs are made. */
export interface InputOptions {
  /** Another number gives other values. */
  seed?: number | undefined;
  /** How many times as large the batch is. */
  batches?: number | undefined;
  /** Makes all values of bottoms with a gradient 0, or large; with a `range`, its ends instead. */
  extreme?: "zero" | "great" | undefined;
}

/** The absolute value of "great" numbers. */
const GREAT = 100;

/** The bottoms of an example, filled with values. */
export function inputsOf(example: LayerExample, options: InputOptions = {}): Input[] {
  const { seed = 0, batches = 1, extreme } = options;
  return bottomsOf(example).map((bottom, i) => {
    const axis = bottom.batchAxis === undefined ? 0 : bottom.batchAxis;
    const shape = bottom.shape.map((size, at) => at === axis ? size * batches : size);
    const count = shape.reduce((product, size) => product * size, 1);
    const random = patternless(count, 1 + i + 10 * seed);
    return { shape, values: valuesOf(bottom, random, extreme) };
  });
}

function valuesOf(
  bottom: ExampleBottom,
  random: Float32Array<ArrayBuffer>,
  extreme: InputOptions["extreme"],
): Float32Array<ArrayBuffer> {
  const { labels, values, range: [least, most] = [-1, 1] } = bottom;
  if (values !== undefined) return random.map((_, i) => values[i % values.length] ?? 0);
  if (labels !== undefined) {
    // Every class in turn, so that each occurs; the seed decides which comes first.
    const first = Math.floor((random[0] ?? 0) * labels + labels);
    return random.map((_, i) => (first + i) % labels);
  }
  if (extreme === undefined || !hasGradient(bottom)) {
    return random.map((x) => least + (most - least) * (x + 1) / 2);
  }
  if (bottom.range !== undefined) return random.fill(extreme === "zero" ? least : most);
  return extreme === "zero" ? random.fill(0) : random.map((x) => GREAT * Math.sign(x));
}
