// Worked examples of layers that take or reduce items of an axis.
import assert from "node:assert/strict";
import { assertClose, assertGradients, libraryNet } from "./library_net.ts";

Deno.test("Gather: items of an axis in the shape of the indices, and the sum of their gradients", async () => {
  const gather = "gather_param { indices: [2, 0, 0, 1] shape: [2, 2] axis: 1 }";
  using net = await libraryNet({ type: "Gather", bottoms: { x: [2, 3, 2] }, loss: true, more: gather });
  net.forward({ inputs: { x: Float32Array.from({ length: 12 }, (_, i) => i) } });
  assert.deepEqual(net.blob("top").shape, [2, 2, 2, 2]);
  assert.deepEqual([...net.blob("top").data], [4, 5, 0, 1, 0, 1, 2, 3, 10, 11, 6, 7, 6, 7, 8, 9]);
  assertGradients(net, ["x"]);
  using one = await libraryNet({
    type: "Gather",
    bottoms: { x: [2, 3] },
    param: { indices: [2], shape: [0], axis: -1 },
  });
  one.forward({ inputs: { x: [0, 1, 2, 3, 4, 5] } });
  assert.deepEqual([one.blob("top").shape, [...one.blob("top").data]], [[2], [2, 5]]);
});

Deno.test("Gather without indices passes every bottom on, as in one process of TSN's", async () => {
  using net = await libraryNet({
    type: "Gather",
    bottoms: { x: [2, 3], t: [4] },
    tops: ["a", "b"],
    loss: true,
  });
  net.forward();
  assert.deepEqual(net.blob("a").data, net.blob("x").data);
  assert.deepEqual(net.blob("b").data, net.blob("t").data);
  assertGradients(net, ["x"]);
});

Deno.test("Gather refuses indices that don't fit", async () => {
  const make = (param: object, tops = ["top"]) =>
    libraryNet({ type: "Gather", bottoms: { x: [2, 3] }, param, tops });
  await assert.rejects(make({ indices: [0, 2], shape: [2] }), /Expected indices from 0 to 1 but found 2/);
  await assert.rejects(
    make({ indices: [0, 1], shape: [3] }),
    /Expected 3 indices for shape \(3\) but found 2/,
  );
  await assert.rejects(make({ indices: [0], shape: [1], axis: 2 }), /Expected an axis of 2 but found 2/);
  await assert.rejects(make({}, ["a", "b"]), /Expected as many tops as bottoms, 1, but found 1 and 2/);
});

async function reduced(shape: number[], text: string): Promise<{ shape: readonly number[]; data: number[] }> {
  using net = await libraryNet({
    type: "BatchReduction",
    bottoms: { x: shape },
    loss: true,
    more: `batch_reduction_param { ${text} }`,
  });
  const x = net.blob("x").data;
  // Their order is not that of their places: 0, 7, 3, 10, 6, 2, 9, …
  for (let i = 0; i < x.length; i++) x[i] = i * 7 % 11;
  net.forward();
  const found = { shape: net.blob("top").shape, data: [...net.blob("top").data] };
  assertGradients(net, ["x"]);
  return found;
}

Deno.test("BatchReduction: sums, means, and the mean of the largest, over a whole axis", async () => {
  assert.deepEqual(await reduced([3, 2], ""), { shape: [2], data: [0 + 3 + 6, 7 + 10 + 2] });
  const mean = await reduced([2, 3, 1], "reduction_param { operation: MEAN axis: 1 } level: 1");
  assert.deepEqual(mean.shape, [2, 1]);
  assertClose(mean.data, [10 / 3, 18 / 3]);
  const best = await reduced([1, 3, 2], "reduction_param { operation: TOPK axis: -2 k: 2 }");
  assert.deepEqual(best, { shape: [1, 2], data: [(3 + 6) / 2, (7 + 10) / 2] });
});

Deno.test("BatchReduction: the levels of a pyramid, and the diagonal of two axes", async () => {
  const levels = await reduced([1, 5, 2], "reduction_param { operation: MEAN axis: 1 } level: [1, 2]");
  // Rows (0, 7), (3, 10), (6, 2), (9, 5), (1, 8).
  assert.deepEqual(levels.shape, [1, 2, 2]);
  assertClose(levels.data, [0, 7, (3 + 6 + 9 + 1) / 4, (10 + 2 + 5 + 8) / 4]);
  const diagonal = await reduced([2, 2, 2, 1], "pos: true reduction_param { axis: 1 }");
  // 0 7 3 10 and 6 2 9 5.
  assert.deepEqual(diagonal, { shape: [2, 1], data: [10, 11] });
});

Deno.test("BatchReduction refuses what contradicts itself or its bottom", async () => {
  await assert.rejects(reduced([4, 1], "level: [1, 2]"), /Expected 5 values for levels 1, 2 but found 4/);
  await assert.rejects(
    reduced([5, 1], "level: [1, 2] reduction_param { operation: TOPK }"),
    /one level with TOPK but found 2/,
  );
  await assert.rejects(
    reduced([2, 1], "reduction_param { operation: TOPK k: 3 }"),
    /Expected k up to 2 but found 3/,
  );
  await assert.rejects(reduced([2, 3], "pos: true"), /two axes of one size at 0 but found \(2, 3\)/);
  await assert.rejects(reduced([2, 3], "reduction_param { operation: ASUM }"), /operation/);
});
