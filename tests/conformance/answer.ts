/** An array that an engine answered, with its shape. */
export interface Answered {
  shape: readonly number[];
  values: Float32Array<ArrayBuffer>;
}

/** What an engine answered: "top y", "gradient of x", "gradient of parameter layer 0" and so on. */
export type Answer = Record<string, Answered>;

/** Relative differences up to this, measured against the whole array, count as rounding. */
export const TOLERANCE = 1e-4;

/**
 * Arrays whose values are smaller than this are compared as if they were this large: they hold nothing but
 * rounding.
 */
export const FLOOR = 1e-6;

/** Longer arrays are recorded as a sample with sums. */
const LONGEST = 512;
const SAMPLE = 384;

/** A number as an answer. */
export function scalar(value: number): Answered {
  return { shape: [], values: Float32Array.of(value) };
}

/**
 * The answer with long arrays replaced by a sample and three sums over all values: of the values, of their
 * absolute values, and of the values with weights that differ from place to place.
 */
export function compact(answer: Answer): Answer {
  const result: Answer = {};
  for (const [name, { shape, values }] of Object.entries(answer)) {
    if (values.length <= LONGEST) {
      result[name] = { shape, values };
      continue;
    }
    const at = (i: number) => values[Math.floor((i + 0.5) * values.length / SAMPLE)]!;
    let sum = 0, absolute = 0, weighted = 0;
    for (const [i, value] of values.entries()) {
      sum += value;
      absolute += Math.abs(value);
      weighted += value * ((i % 97) / 97 - 0.5);
    }
    const sums = [sum, absolute, weighted].map((each) => each / values.length);
    result[name] = { shape, values: Float32Array.from({ length: SAMPLE }, (_, i) => at(i)) };
    result[`${name} (sums)`] = { shape: [3], values: Float32Array.from(sums) };
  }
  return result;
}

/**
 * Where two answers differ, one line per array; empty when they agree. Two arrays agree when the root mean
 * square of their difference is at most `tolerance` times that of the expected values (or times `floor`, if
 * that is more), and no single difference is more than ten times `tolerance` times the largest value: so one
 * wrong value among many right ones is found as well.
 */
export function differences(
  actual: Answer,
  expected: Answer,
  tolerance = TOLERANCE,
  floor = FLOOR,
): string[] {
  const found: string[] = [];
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const [a, b] = [actual[name], expected[name]];
    if (a === undefined || b === undefined) {
      found.push(`${name}: ${a === undefined ? "no answer" : "not expected"}`);
      continue;
    }
    const [shapeA, shapeB] = [a, b].map(({ shape }) => `(${shape.join(", ")})`);
    if (shapeA !== shapeB) {
      found.push(`${name}: expected the shape ${shapeB} but found ${shapeA}`);
      continue;
    }
    let squares = 0, size = 0, largest = 0, worst = 0, where = 0;
    for (const [i, value] of b.values.entries()) {
      const difference = Object.is(a.values[i], value) || a.values[i] === value
        ? 0
        : Math.abs(a.values[i]! - value);
      if (!(difference <= worst)) [worst, where] = [difference, i];
      squares += difference ** 2;
      size += value ** 2;
      largest = Math.max(largest, Math.abs(value));
    }
    const count = Math.max(1, b.values.length);
    const error = Math.sqrt(squares / count), scale = Math.max(floor, Math.sqrt(size / count));
    // Negated, so that NaN fails.
    if (!(error <= tolerance * scale) || !(worst <= 10 * tolerance * Math.max(floor, largest))) {
      found.push(
        `${name} ${shapeB}: relative error ${(error / scale).toExponential(1)}; ` +
          `at ${where} expected ${b.values[where]} but found ${a.values[where]}`,
      );
    }
  }
  return found;
}
