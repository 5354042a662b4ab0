import assert from "node:assert/strict";
import fc from "fast-check";
import { shortestFloat32 } from "../../../base/float32.ts";

Deno.test("a float is the decimal that was typed", () => {
  for (const value of [0.01, 0.1, 1e-8, 0.00390625, 0.999, 3.4e38, 1e-45, 123456.7]) {
    assert.equal(Math.fround(shortestFloat32(Math.fround(value))), Math.fround(value));
  }
  for (const value of [0.01, 0.1, 1e-8, 0.00390625, 0.999, 0.75]) {
    assert.equal(shortestFloat32(Math.fround(value)), value);
  }
});

Deno.test("every float survives", () => {
  fc.assert(fc.property(fc.float(), (value) => {
    assert.ok(Object.is(Math.fround(shortestFloat32(value)), value));
  }));
});
