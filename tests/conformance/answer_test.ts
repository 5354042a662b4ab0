import assert from "node:assert/strict";
import { type Answer, compact, differences } from "./answer.ts";
import { pack, unpack } from "./golden.ts";
import { fill } from "./values.ts";

const answer = (...values: number[]): Answer => ({
  y: { shape: [values.length], values: Float32Array.from(values) },
});

Deno.test("answers that differ in rounding agree", () => {
  assert.deepEqual(differences(answer(1, 2, -3), answer(1.00001, 2, -3.00001)), []);
  assert.deepEqual(differences(answer(1e-11, 0), answer(0, 0)), []);
});

Deno.test("small values are compared by their own size, down to the floor", () => {
  assert.deepEqual(differences(answer(2e-5, -3e-5), answer(2.00001e-5, -3e-5)), []);
  assert.equal(differences(answer(2e-5, -3e-5), answer(2.001e-5, -3e-5)).length, 1);
  assert.equal(differences(answer(1e-9), answer(0)).length, 1);
  assert.deepEqual(differences(answer(1e-9), answer(0), 1e-4, 1e-3), []);
});

Deno.test("a wrong value, shape, name or NaN is found", () => {
  assert.match(differences(answer(1, 2, 3.01), answer(1, 2, 3))[0]!, /at 2 expected 3 but found 3\.00/);
  assert.equal(differences(answer(NaN), answer(1)).length, 1);
  assert.equal(differences(answer(1), answer(NaN)).length, 1);
  assert.match(differences(answer(1, 2), answer(1))[0]!, /expected the shape \(1\) but found \(2\)/);
  assert.match(differences({}, answer(1))[0]!, /no answer/);
  assert.match(differences(answer(1), {})[0]!, /not expected/);
  const zeros = answer(...new Array(99).fill(0));
  assert.equal(
    differences({ y: { shape: [99], values: zeros["y"]!.values.with(50, 0.1) } }, zeros).length,
    1,
  );
});

Deno.test("a long answer is recorded as a sample with sums, which tell of any value", () => {
  const values = fill({ kind: "normal" }, 5000, "long");
  const whole = { y: { shape: [50, 100], values } };
  const short = compact(whole);
  assert.ok(short["y"]!.values.length < 512);
  assert.deepEqual(unpack(pack("", short)), short);
  for (const index of [0, 7, 2500, 4999]) {
    const other = { y: { shape: [50, 100], values: values.with(index, values[index]! + 10) } };
    assert.notDeepEqual(differences(compact(other), short), [], `value ${index}`);
  }
});
