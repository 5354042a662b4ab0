import assert from "node:assert/strict";
import { z } from "zod";
import { readParam } from "../../../../script/layer/read_param.ts";
import { CremaError } from "../../../../base/error.ts";
import { Net } from "../../../../net/net.ts";

const schema = z.strictObject({
  margin: z.number().positive().default(0.2),
  sizes: z.array(z.object({ width: z.int() })).default([]),
});
const place = { file: "n.prototxt", line: 3, layer: "mine" };
const read = (text: string) => readParam({ text, schema, className: "MineLayer", place });

Deno.test("a schema checks param_str and completes it", async () => {
  assert.deepEqual(await read(""), { margin: 0.2, sizes: [] });
  assert.deepEqual(await read('{"margin": 1, "sizes": [{"width": 3}]}'), {
    margin: 1,
    sizes: [{ width: 3 }],
  });
});

for (
  const [text, message] of [
    ['{"margin": -1}', /margin: Too small/],
    ['{"margim": 1}', /Unrecognized key: "margim"/],
    ['{"sizes": [{"width": 1}, {"width": 1.5}]}', /sizes\.1\.width: /],
    ['{"margin": "a", "sizes": 2}', /margin: .*; sizes: /],
    ["margin=1", /Expected param_str of MineLayer to be JSON but found 'margin=1'/],
    ["[1]", /expected object/i],
  ] as const
) {
  Deno.test(`a schema refuses ${text}, naming the place and the keys`, async () => {
    const error = await read(text).then(() => assert.fail("Expected a rejection"), (cause) => cause);
    assert.ok(error instanceof CremaError);
    assert.match(error.message, message);
    assert.deepEqual([error.file, error.line, error.layer], ["n.prototxt", 3, "mine"]);
  });
}

Deno.test("schemas of other libraries work, also asynchronous ones", async () => {
  const even = {
    "~standard": {
      version: 1 as const,
      vendor: "own",
      validate: (value: unknown) =>
        Promise.resolve(
          Number(value) % 2 === 0
            ? { value: Number(value) }
            : { issues: [{ message: "odd", path: [{ key: "n" }] }] },
        ),
    },
  };
  assert.equal(await readParam({ text: "4", schema: even, className: "EvenLayer", place }), 4);
  await assert.rejects(
    readParam({ text: "3", schema: even, className: "EvenLayer", place }),
    /but found n: odd/,
  );
});

Deno.test("without a schema, JSON is parsed and other text is kept", async () => {
  const plain = (text: string) => readParam({ text, schema: undefined, className: "PlainLayer", place });
  assert.deepEqual(await plain(" "), {});
  assert.deepEqual(await plain('{"a": [1]}'), { a: [1] });
  assert.equal(await plain("'a': 1"), "'a': 1");
});

Deno.test("whole numbers in param_str that JavaScript would round are errors", async () => {
  const plain = (text: string) => readParam({ text, schema: undefined, className: "PlainLayer", place });
  for (const number of ["9007199254740993", "-9007199254740993", `1${"0".repeat(400)}`]) {
    await assert.rejects(
      plain(`{"a": [1, ${number}]}`),
      (error: CremaError) => {
        assert.equal(
          error.reason,
          `Expected whole numbers within ±2^53 in param_str of PlainLayer but found ${number}`,
        );
        return error.file === place.file && /Write it as text/.test(error.message);
      },
    );
  }
  const kept = '{"a":[9007199254740991,9007199254740994,1e+300,0.1],"b":"9007199254740993"}';
  assert.equal(JSON.stringify(await plain(kept)), kept);
});

Deno.test("an error names the line of a param_str that its layer's schema refuses", async () => {
  const module = new URL("schema_layer.ts", import.meta.url).href;
  const net = (param: string) =>
    Net.fromText(
      `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
layer { name: "mine" type: "Script" bottom: "x" top: "y" script_param {
  module: "${module}" layer: "TimesLayer"
  param_str: '${param}' } }`,
      { file: "n.prototxt" },
    );
  using good = await net('{"factor": 3}');
  assert.deepEqual([...good.forward({ inputs: { x: [1, 2] } })["y"]!], [3, 6]);
  await assert.rejects(net('{"factor": null}'), (error: CremaError) => {
    assert.deepEqual([error.file, error.line, error.layer], ["n.prototxt", 4, "mine"]);
    return /factor/.test(error.message);
  });
});
