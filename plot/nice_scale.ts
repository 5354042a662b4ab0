// Ours: d3-array's nice() and ticks() would replace 20 lines with two packages (0.4 MB, 21 ms to import).

/** A range of values and the round numbers to mark in it. */
export interface Scale {
  min: number;
  max: number;
  ticks: number[];
}

/**
 * A scale with round ends that holds all values, with about `count` ticks.
 *
 * ```ts
 * import { niceScale } from "./nice_scale.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(niceScale([0.3, 9.1], 5).ticks, [0, 2, 4, 6, 8, 10]);
 * ```
 */
export function niceScale(values: readonly number[], count = 5): Scale {
  let min = Infinity, max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!Number.isFinite(min)) [min, max] = [0, 1];
  if (min === max) [min, max] = min === 0 ? [0, 1] : [min - Math.abs(min) / 2, max + Math.abs(max) / 2];
  const rough = (max - min) / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((step) => step >= rough * 0.999) ??
    rough;
  const first = Math.floor(min / step + 1e-9), last = Math.ceil(max / step - 1e-9);
  const ticks = Array.from(
    { length: last - first + 1 },
    (_, i) => Number(((first + i) * step).toPrecision(12)),
  );
  return { min: ticks[0] ?? min, max: ticks.at(-1) ?? max, ticks };
}
