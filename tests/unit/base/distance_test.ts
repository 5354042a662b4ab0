import assert from "node:assert/strict";
import fc from "fast-check";
import { distance, nearest } from "../../../base/distance.ts";

Deno.test("distance counts insertions, deletions, replacements and swaps", () => {
  assert.equal(distance("", ""), 0);
  assert.equal(distance("abc", ""), 3);
  assert.equal(distance("stride", "strid"), 1);
  assert.equal(distance("tpye", "type"), 1);
  assert.equal(distance("pool", "pole"), 2);
  assert.equal(distance("kernelsize", "kernel_size"), 1);
});

Deno.test("distance is symmetric, zero only for equal words, and within the longer word's length", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(fc.property(word, word, (a, b) => {
    const found = distance(a, b);
    assert.equal(found, distance(b, a));
    assert.equal(found === 0, a === b);
    assert.ok(found <= Math.max(a.length, b.length));
    assert.ok(found >= Math.abs(a.length - b.length));
  }));
});

Deno.test("nearest finds the word that was meant, and nothing when no word is near", () => {
  const names = ["kernel_size", "kernel_h", "stride", "pad", "type", "top"];
  assert.equal(nearest("kernelsize", names), "kernel_size");
  assert.equal(nearest("KernelSize", names), "kernel_size");
  assert.equal(nearest("tpye", names), "type");
  assert.equal(nearest("typ", names), "type");
  assert.equal(nearest("momentum", names), undefined);
  assert.equal(nearest("x".repeat(100_000), names), undefined);
});
