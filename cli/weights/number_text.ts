/**
 * A number in four digits, for tables.
 *
 * ```ts
 * import { numberText } from "./number_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([0, 1.23456, -0.000012345, 1e9, NaN].map(numberText), ["0", "1.235", "-1.234e-5", "1.000e+9", "NaN"]);
 * ```
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value === 0 ? 0 : value);
  const size = Math.abs(value);
  return size >= 0.001 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(3);
}

/** A number for JSON, which has neither NaN nor infinity: null stands for them. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
