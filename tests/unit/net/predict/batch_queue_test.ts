import assert from "node:assert/strict";
import { ndArray } from "../../../../data/arrays/nd_array.ts";
import { BatchQueue } from "../../../../net/predict/batch_queue.ts";

/** A net of up to four examples of two values that adds each pair, and notes its batches. Fails at a negative sum. */
function sums() {
  const batches: number[][] = [];
  const net = {
    batch: 4,
    size: 2,
    forward(values: Float32Array) {
      const found = ndArray([values.length / 2, 1]);
      for (let i = 0; i < found.data.length; i++) found.data[i] = values[2 * i]! + values[2 * i + 1]!;
      batches.push([...found.data]);
      if (found.data.some((sum) => sum < 0)) throw new Error("Expected no negative sum");
      return found;
    },
  };
  return { batches, queue: new BatchQueue(net) };
}
const pairs = (...sums: number[]) => Float32Array.from(sums.flatMap((sum) => [sum - 1, 1]));

Deno.test("what waits is run together, up to a batch, and everybody gets their own rows", async () => {
  const { batches, queue } = sums();
  const found = await Promise.all([1, 2, 3, 4, 5, 6].map((sum) => queue.forward(pairs(sum))));
  assert.deepEqual(
    found.map(({ shape, data }) => [shape, ...data]),
    [1, 2, 3, 4, 5, 6].map((n) => [[1, 1], n]),
  );
  assert.deepEqual(batches, [[1, 2, 3, 4], [5, 6]]);
});

Deno.test("one example does not wait for all of another's, and free places are used", async () => {
  const { batches, queue } = sums();
  const order: string[] = [];
  const many = queue.forward(pairs(1, 2, 3, 4, 5, 6, 7, 8, 9)).then((found) => (order.push("many"), found));
  const one = queue.forward(pairs(20)).then((found) => (order.push("one"), found));
  assert.deepEqual([...(await many).data], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([...(await one).data], [20]);
  assert.deepEqual(batches, [[1, 2, 3, 20], [4, 5, 6, 7], [8, 9]]);
  assert.deepEqual(order, ["one", "many"]);
});

Deno.test("a failure reaches only those whose examples it is about", async () => {
  const { queue } = sums();
  const [first, bad, last] = await Promise.allSettled([1, -5, 3].map((sum) => queue.forward(pairs(sum))));
  assert.equal(first!.status, "fulfilled");
  assert.match(String((bad as PromiseRejectedResult).reason), /Expected no negative sum/);
  assert.deepEqual([...(last as PromiseFulfilledResult<{ data: Float32Array }>).value.data], [3]);
  assert.deepEqual([...(await queue.forward(pairs(7))).data], [7]);
});

Deno.test("a batch waits for callers that prepare their values, but not for ever", async () => {
  const { batches, queue } = sums();
  const expected = queue.expect();
  const early = queue.forward(pairs(1));
  const late = queue.forward(pairs(2));
  expected[Symbol.dispose]();
  await Promise.all([early, late]);
  assert.deepEqual(batches, [[1, 2]]);
  using _never = queue.expect();
  assert.deepEqual([...(await queue.forward(pairs(3))).data], [3]);
});
