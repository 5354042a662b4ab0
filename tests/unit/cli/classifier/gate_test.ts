import assert from "node:assert/strict";
import { Gate } from "../../../../cli/classifier/gate.ts";

Deno.test("a gate lets in what costs no more than its limit, in order; the largest alone", async () => {
  const gate = new Gate(10), inside: string[] = [];
  const enter = async (name: string, cost: number) => {
    const place = await gate.enter(cost);
    inside.push(name);
    return place;
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  const a = await enter("a", 6), b = await enter("b", 4);
  const large = enter("large", 100), c = enter("c", 1);
  await settle();
  assert.deepEqual(inside, ["a", "b"]);
  a[Symbol.dispose]();
  a[Symbol.dispose](); // leaves once
  await settle();
  assert.deepEqual(inside, ["a", "b"]);
  b[Symbol.dispose]();
  await settle();
  assert.deepEqual(inside, ["a", "b", "large"]);
  (await large)[Symbol.dispose]();
  (await c)[Symbol.dispose]();
  assert.deepEqual(inside, ["a", "b", "large", "c"]);
});
