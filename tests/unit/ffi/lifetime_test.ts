import assert from "node:assert/strict";
import { Lifetime } from "../../../ffi/lifetime.ts";

Deno.test("an object that another needs is freed after it, in any order of disposing", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]]) {
    const freed: number[] = [];
    const lives = [0, 1, 2].map((i) => new Lifetime("net", () => freed.push(i)));
    lives[0]!.need(lives[1]!); // 0 uses the memory of 1, which uses that of 2
    lives[1]!.need(lives[2]!);
    for (const i of order) lives[i]!.end();
    assert.deepEqual(freed, [0, 1, 2], `${order}`);
    assert.ok(lives.every(({ ended }) => ended));
  }
});

Deno.test("a life that needs itself, as a solver's test net needs its train net, ends nevertheless", () => {
  let freed = 0;
  const life = new Lifetime("solver", () => freed++);
  life.need(life);
  life.end();
  life.end();
  assert.equal(freed, 1);
  assert.throws(() => new Lifetime("net", () => {}).need(life), /Expected a live solver but found one/);
});

Deno.test("a needed object is let go even when freeing throws", () => {
  let freed = 0;
  const needed = new Lifetime("net", () => freed++);
  const life = new Lifetime("net", () => {
    throw new Error("a layer's dispose");
  });
  life.need(needed);
  needed.end();
  assert.equal(freed, 0);
  assert.throws(() => life.end(), /a layer's dispose/);
  assert.equal(freed, 1);
});
