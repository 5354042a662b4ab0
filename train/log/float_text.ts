/**
 * A number as C++ streams print a float by default: six significant digits, shortest form. Log parsers know this form.
 *
 * ```ts
 * import { floatText } from "./float_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(floatText(0.00992565), "0.00992565");
 * assert.equal(floatText(0.00001), "1e-05");
 * assert.equal(floatText(1234567), "1.23457e+06");
 * ```
 */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, exponentText] = value.toExponential(5).split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? "-" : "+";
    return `${withoutZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return withoutZeros(value.toFixed(5 - exponent));
}

function withoutZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
