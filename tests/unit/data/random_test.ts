import fc from "fast-check";
import assert from "node:assert/strict";
import { chanceSeed } from "../../../base/chance_seed.ts";
import { below, DataRandom } from "../../../data/random.ts";

Deno.test("a permutation has every number once and depends on seed, stream and epoch", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string(), fc.nat(1000), fc.nat(50), (seed, stream, epoch, count) => {
      const order = new DataRandom(seed, stream).permutation(epoch, count);
      assert.deepEqual(order.toSorted(), Uint32Array.from({ length: count }, (_, i) => i));
      assert.deepEqual(new DataRandom(seed, stream).permutation(epoch, count), order);
    }),
  );
});

Deno.test("other seeds, streams and epochs give other orders", () => {
  const order = (seed: number, stream: string, epoch: number) =>
    new DataRandom(seed, stream).permutation(epoch, 100).join();
  const orders = [
    order(1, "a", 0),
    order(2, "a", 0),
    order(1 + 2 ** 32, "a", 0),
    order(1, "b", 0),
    order(1, "a", 1),
  ];
  assert.equal(new Set(orders).size, orders.length);
});

Deno.test("every number takes every place of a permutation about equally often", () => {
  const random = new DataRandom(7, "x");
  const counts = new Uint32Array(25);
  for (let epoch = 0; epoch < 2000; epoch++) {
    random.permutation(epoch, 5).forEach((value, at) => counts[5 * at + value]!++);
  }
  for (const count of counts) assert.ok(Math.abs(count - 400) < 90, `found ${count}`);
});

Deno.test("a record's words do not depend on what was drawn before", () => {
  const first = new DataRandom(3, "l");
  const words = Array.from(first.augment({ epoch: 2, index: 5 }));
  const second = new DataRandom(3, "l");
  second.permutation(0, 10);
  second.augment({ epoch: 0, index: 0 });
  assert.deepEqual(Array.from(second.augment({ epoch: 2, index: 5 })), words);
  assert.notDeepEqual(Array.from(second.augment({ epoch: 2, index: 6 })), words);
  assert.notDeepEqual(Array.from(second.augment({ epoch: 3, index: 5 })), words);
});

Deno.test("skip and below stay under their limit", () => {
  fc.assert(fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 31 }), (seed, limit) => {
    const skipped = new DataRandom(seed, "s").skip(limit);
    assert.ok(Number.isInteger(skipped) && skipped >= 0 && skipped < limit);
  }));
  assert.equal(below(0xffffffff, 2), 1);
  assert.equal(below(0x7fffffff, 2), 0);
  assert.equal(below(0xffffffff, 1), 0);
});

Deno.test("a random seed is a safe integer, different each time", () => {
  const seeds = Array.from({ length: 20 }, chanceSeed);
  for (const seed of seeds) assert.ok(Number.isSafeInteger(seed) && seed >= 0);
  assert.equal(new Set(seeds).size, 20);
});
