import assert from "node:assert/strict";
import { compareWeights, weightsStatistics } from "../../../../net/mod.ts";
import { parameter } from "./parameters.ts";

Deno.test("weights are compared by layer and number, or by name", () => {
  const found = compareWeights(
    [
      parameter("a/0", [2], [1, 2]),
      parameter("a/1", [1]),
      parameter("b.weight", [4], [0, NaN, Infinity, -0]),
      parameter("b.bias", [2, 1]),
      parameter("c/0", [1]),
      parameter("c/1", [1]),
      parameter("bn.running_mean", [1]),
      parameter("bn.running_var", [1]),
      parameter("token", [1]),
    ],
    [
      parameter("a.weight", [2], [1.5, 2]),
      parameter("b/0", [4], [1, NaN, Infinity, 0]),
      parameter("b/1", [2]),
      parameter("bn/0", [1]),
      parameter("bn/1", [1]),
      parameter("bn/2", [1], [2]),
      parameter("d/0", [1]),
      parameter("b.extra", [1]),
    ],
  );
  assert.deepEqual(found, {
    onlyFirst: ["a/1", "c", "token"],
    onlySecond: ["d", "b.extra"],
    shapes: [{ name: "b/1", first: [2, 1], second: [2] }],
    parameters: [
      { name: "a/0", absolute: 0.5, relative: 1 / 3, differing: 1, count: 2 },
      { name: "b/0", absolute: 1, relative: 1, differing: 1, count: 4 },
      { name: "bn/0", absolute: 0, relative: 0, differing: 0, count: 1 },
      { name: "bn/1", absolute: 0, relative: 0, differing: 0, count: 1 },
      { name: "bn/2", absolute: 1, relative: 0.5, differing: 1, count: 1 },
    ],
  });
});

Deno.test("what is not a number differs from every number, and infinities from each other", () => {
  for (
    const [one, other] of [[NaN, 1], [1, NaN], [Infinity, 1], [Infinity, -Infinity], [NaN, Infinity]] as const
  ) {
    const { parameters } = compareWeights([parameter("a", [3], [1, one, 2])], [
      parameter("a", [3], [2, other, 2]),
    ]);
    assert.deepEqual(parameters, [{
      name: "a",
      absolute: Infinity,
      relative: Infinity,
      differing: 2,
      count: 3,
    }]);
  }
});

Deno.test("statistics leave out what is not finite, and count it", () => {
  assert.deepEqual(weightsStatistics(Float32Array.of(1, -3, 0, -0, NaN, Infinity, -Infinity, NaN)), {
    count: 8,
    mean: -0.5,
    deviation: Math.sqrt(9 / 4),
    min: -3,
    max: 1,
    zeros: 2,
    nan: 2,
    infinite: 2,
  });
  const far = weightsStatistics(Float32Array.of(16777215, 16777217 - 1, 16777214));
  assert.ok(Math.abs(far.deviation - Math.sqrt(2 / 3)) < 1e-9, `${far.deviation}`);
  const none = { count: 1, mean: NaN, deviation: NaN, min: NaN, max: NaN, zeros: 0, nan: 0, infinite: 1 };
  assert.deepEqual(weightsStatistics(Float32Array.of(Infinity)), none);
  assert.equal(weightsStatistics(new Float32Array()).count, 0);
});
