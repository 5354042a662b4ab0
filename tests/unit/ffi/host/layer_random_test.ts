import assert from "node:assert/strict";
import { LayerRandom } from "../../../../ffi/host/layer_random.ts";
import { type Floats, ops } from "../../../../ffi/mod.ts";

const of = (seed: number | undefined, stream = "noise TRAIN") => new LayerRandom({ seed, stream, ops });
const draws = (random: LayerRandom) => Array.from({ length: 9 }, () => random.uniform());

Deno.test("a layer's random numbers follow from the seed and the layer", () => {
  assert.deepEqual(draws(of(7)), draws(of(7)));
  assert.notDeepEqual(draws(of(7)), draws(of(8)));
  assert.notDeepEqual(draws(of(7)), draws(of(7, "noise TEST")));
  assert.notDeepEqual(draws(of(undefined)), draws(of(undefined)));
  assert.notDeepEqual(draws(of(-1)), draws(of(-1)));
  // Also the upper half of a seed counts.
  assert.notDeepEqual(draws(of(7)), draws(of(7 + 2 ** 32)));
});

Deno.test("a layer's random numbers have the distributions that they say", () => {
  const random = of(3), count = 20_000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: count }, draw), mean = values.reduce((a, b) => a + b) / count;
    return { mean, std: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count), values };
  };
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found - expected) < 0.05, `${found} for ${expected}`);
  const fill = (to: (values: Floats) => Floats) => {
    const values = to(new Float32Array(count));
    let at = 0;
    return moments(() => values[at++]!);
  };
  for (
    const [{ mean, std, values }, low, high] of [
      [moments(() => random.uniform(2, 3)), 2, 3],
      [fill((values) => random.fillUniform(values, 2, 3)), 2, 3],
    ] as const
  ) {
    near(mean, 2.5);
    near(std, Math.sqrt(1 / 12));
    assert.ok(values.every((value) => value >= low && value <= high));
  }
  for (
    const { mean, std } of [
      moments(() => random.gaussian(1, 2)),
      fill((values) => random.fillGaussian(values, 1, 2)),
    ]
  ) {
    near(mean, 1);
    near(std, 2);
  }
  near(moments(() => Number(random.bernoulli(0.3))).mean, 0.3);
  near(fill((values) => random.fillBernoulli(values, 0.3)).mean, 0.3);
  const integers = moments(() => random.integer(5)).values;
  for (let k = 0; k < 5; k++) near(integers.filter((value) => value === k).length / count, 0.2);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffle(["a", "b", "c"]).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assert.equal(orders.size, 6);
  for (const seen of orders.values()) near(seen / 6000, 1 / 6);
  assert.deepEqual(
    [...random.permutation(50)].sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
  assert.equal(random.integer(2 ** 32) >= 0, true);
  for (const count of [0, -1, 1.5, 2 ** 32 + 1, NaN]) {
    assert.throws(() => random.integer(count), /Expected a whole number from 1 to 2³² but found/);
  }
  assert.throws(() => random.uniform(1, 0), /Expected low ≤ high but found 1 and 0/);
});

Deno.test("a layer's random numbers go on where they were saved, in the middle of a block too", () => {
  for (const before of [0, 1, 2, 3, 5]) {
    const first = of(undefined), second = of(1);
    for (let i = 0; i < before; i++) first.integer(10);
    first.fillUniform(new Float32Array(before + 1));
    const state = first.save();
    second.restore(state);
    const mixed = (random: LayerRandom) => [
      ...draws(random),
      ...random.fillGaussian(new Float32Array(5)),
      random.gaussian(),
      ...random.permutation(6),
    ];
    const expected = mixed(first);
    assert.deepEqual(mixed(second), expected);
    first.restore(state);
    assert.deepEqual(mixed(first), expected, "drawn again");
  }
});

Deno.test("a generator is unused until it draws, unless its seed was drawn", () => {
  assert.equal(of(1).isUnused, true);
  assert.equal(of(undefined).isUnused, false);
  const random = of(1);
  random.bernoulli();
  assert.equal(random.isUnused, false);
});
