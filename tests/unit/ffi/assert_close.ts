import assert from "node:assert/strict";

/** Throws unless two lists of numbers agree, relative to the largest expected number. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "",
): void {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(1e-6, ...Array.from(expected, Math.abs));
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert.ok(difference <= tolerance * scale, `${what} ${i}: ${actual[i]} and ${expected[i]}`);
  }
}
