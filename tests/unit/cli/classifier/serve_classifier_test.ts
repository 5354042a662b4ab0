import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { answer } from "../../../../cli/classifier/serve_classifier.ts";
import type { Classify } from "../../../../cli/classifier/top_scores.ts";

const classify: Classify = (bytes, name, { top = 5 } = {}) => {
  if (bytes[0] === 0) throw new CremaError("Expected an image but found a zero", { file: name });
  return Promise.resolve([[{ index: bytes.length, label: `top ${top}`, score: 1 }]]);
};
const ask = async (path: string, init?: RequestInit) => {
  const response = await answer(new Request(`http://localhost${path}`, init), classify);
  return { status: response.status, body: await response.text() };
};

Deno.test("POST returns scores, GET a page", async () => {
  const found = await ask("/?top=2", { method: "POST", body: new Uint8Array([1, 2, 3]) });
  assert.deepEqual(found, { status: 200, body: '[[{"index":3,"label":"top 2","score":1}]]\n' });
  assert.match((await ask("/", { method: "POST", body: "a" })).body, /"top 5"/);
  assert.match((await ask("/")).body, /^<!doctype html>/);
  assert.equal((await ask("/", { method: "HEAD" })).body, "");
});

Deno.test("a request that can't be answered says why", async () => {
  const wrong = [
    [await ask("/", { method: "POST", body: new Uint8Array([0]) }), 400, /request's body: Expected an image/],
    [await ask("/?top=0", { method: "POST", body: "a" }), 400, /Expected top to be a positive whole number/],
    [await ask("/nowhere"), 404, /Expected the path \/ but/],
    [await ask("/", { method: "DELETE" }), 405, /Expected GET or POST but found DELETE/],
    [
      await ask("/", { method: "POST", body: new Uint8Array((64 << 20) + 1).fill(1) }),
      413,
      /at most 67108864/,
    ],
  ] as const;
  for (const [{ status, body }, wanted, message] of wrong) {
    assert.equal(status, wanted);
    assert.match(JSON.parse(body).error, message);
  }
});
