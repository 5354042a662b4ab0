import assert from "node:assert/strict";
import fc from "fast-check";
import { CremaError } from "../../../../base/error.ts";
import { messageTypes } from "../../../../proto/codec/schema.ts";
import type { MessageName } from "../../../../proto/messages.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { printText } from "../../../../proto/text/print_text.ts";
import { arbitraryMessage } from "../arbitrary_message.ts";

Deno.test("printText writes as Caffe prints", () => {
  const layer = {
    name: 'a\n"b"',
    loss_weight: [0.1, 1e-8],
    phase: "TEST" as const,
    convolution_param: { pad: [1, 2], bias_term: false },
  };
  assert.equal(
    printText("LayerParameter", layer),
    `name: "a\\n\\"b\\""
loss_weight: 0.1
loss_weight: 1e-8
phase: TEST
convolution_param {
  bias_term: false
  pad: 1
  pad: 2
}
`,
  );
  assert.equal(printText("NetParameter", {}), "");
});

Deno.test("printText refuses what the schema does not have", () => {
  const cases: [object, string][] = [
    [{ nam: "x" }, "Expected a field of NetParameter but found 'nam', did you mean 'name'?"],
    [{ name: 3 }, "Expected NetParameter.name to be a string but found 3"],
    [{ layer: {} }, "Expected NetParameter.layer to be an array but found an object (Object)"],
    [{ input_dim: [1.5] }, "Expected NetParameter.input_dim to be an integer but found 1.5"],
    [
      { input_dim: [2 ** 31] },
      "Expected NetParameter.input_dim to be from -2147483648 to 2147483647 but found 2147483648",
    ],
    [
      { state: { phase: "TRIAN" } },
      'Expected NetState.phase to be one of TRAIN, TEST but found "TRIAN". Did you mean "TRAIN"?',
    ],
    [{ layer: [{ clip_param: { min: 1 } }] }, "Expected ClipParameter to have 'max' but found none"],
  ];
  for (const [message, text] of cases) {
    assert.throws(() => printText("NetParameter", message), (error) => {
      assert.ok(error instanceof CremaError);
      assert.equal(error.message, text);
      return true;
    });
  }
});

Deno.test("text round trip of random messages of every type", () => {
  for (const { name } of messageTypes) {
    const type = name as MessageName;
    fc.assert(
      fc.property(arbitraryMessage(type), (message) => {
        assert.deepEqual(parseText(type, printText(type, message)), message);
      }),
      { numRuns: 3 },
    );
  }
});
