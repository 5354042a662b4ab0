import assert from "node:assert/strict";
import { z } from "zod";
import { readParam } from "../../../../script/layer/read_param.ts";
import { readPythonParam } from "../../../../script/layer/python_param.ts";

for (
  const [text, expected] of [
    ["'feat_stride': 16", { feat_stride: 16 }],
    ["feat_stride: 16", { feat_stride: 16 }],
    [`"a": -1.5e-3\n  'b': text with spaces  # a note\n\nc: True\n`, {
      a: -0.0015,
      b: "text with spaces",
      c: true,
    }],
    ["'scales': !!python/tuple [4, 8, 16]\n", { scales: [4, 8, 16] }],
    ["'stride': 16\n'ratios': [0.5, 1, 2]", { stride: 16, ratios: [0.5, 1, 2] }],
    ["{'a': 1, \"b\": (2, 3,), 'c': {'d': None}}", { a: 1, b: [2, 3], c: { d: null } }],
    ["{'a':1}", { a: 1 }],
    ["# nothing else\na: 'it''s'", { a: "it's" }],
    ["split: train\nseed: 1337", { split: "train", seed: 1337 }],
    ["a: /some/path:x", { a: "/some/path:x" }],
  ] as const
) {
  Deno.test(`a Python layer's param_str: ${JSON.stringify(text)}`, () =>
    assert.deepEqual(readPythonParam(text), expected));
}

for (
  const [text, message] of [
    ["feat_stride", /Expected ':' but found the end/],
    ["a: ", /Expected a value but found the end/],
    ["a: [1, 2", /Expected ',' or '\]' but found the end/],
    ["{'a': 1} b", /Expected the end but found 'b'/],
    ["a: 'x' y", /Expected the end of the line but found ' y'/],
    ["- 1", /Expected a key but found '- 1'/],
  ] as const
) {
  Deno.test(`a Python layer's param_str is refused: ${JSON.stringify(text)}`, () =>
    assert.throws(() => readPythonParam(text), message));
}

Deno.test("only a Python layer with a schema reads YAML", async () => {
  const place = { file: "n.prototxt", line: 3, layer: "mine" };
  const schema = z.strictObject({ feat_stride: z.int() });
  const of = { text: "'feat_stride': 16", schema, className: "MineLayer", place };
  assert.deepEqual(await readParam({ ...of, python: true }), { feat_stride: 16 });
  assert.deepEqual(await readParam({ ...of, python: true, text: '{"feat_stride": 8}' }), { feat_stride: 8 });
  await assert.rejects(readParam(of), /Expected param_str of MineLayer to be JSON/);
  assert.equal(await readParam({ ...of, python: true, schema: undefined }), "'feat_stride': 16");
  await assert.rejects(
    readParam({ ...of, python: true, text: "feat_stride" }),
    /^CremaError: n\.prototxt:3: layer 'mine': Expected param_str of MineLayer as YAML but found 'feat_stride': Expected ':'/,
  );
});
