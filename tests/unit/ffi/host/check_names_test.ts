import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { Net } from "../../../../net/net.ts";

const input = (top: string) =>
  `layer { name: "in" type: "Input" top: "${top}" input_param { shape { dim: 1 dim: 3 } } }\n`;

Deno.test("names with NUL characters, which engines would cut, are errors with layer and line", async () => {
  const nul = "a\\000b";
  const wrong: [string, string, string, number][] = [
    [input(nul), "the name of a top", "in", 1],
    [
      `${input("x")}layer { name: "${nul}" type: "ReLU" bottom: "x" top: "y" }`,
      "the name of a layer",
      "a\\0b",
      2,
    ],
    [`${input("x")}layer { name: "r" type: "${nul}" bottom: "x" top: "y" }`, "the type of a layer", "r", 2],
    [
      `${input("x")}layer { name: "r" type: "ReLU" bottom: "${nul}" top: "y" }`,
      "the name of a bottom",
      "r",
      2,
    ],
    [
      `${input("x")}layer { name: "r" type: "InnerProduct" bottom: "x" top: "y"\n param { name: "${nul}" }
        inner_product_param { num_output: 1 } }`,
      "the name of a parameter",
      "r",
      3,
    ],
  ];
  for (const [text, what, layer, line] of wrong) {
    await assert.rejects(Net.fromText(text, { file: "net.prototxt" }), (error) => {
      assert.ok(error instanceof CremaError, String(error));
      assert.equal(error.reason, `Expected ${what} without NUL characters but found "a\\u0000b"`);
      assert.deepEqual([error.file, error.layer, error.line], ["net.prototxt", layer, line]);
      return true;
    });
  }
});
