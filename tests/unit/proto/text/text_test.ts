import assert from "node:assert/strict";
import fc from "fast-check";
import { CremaError } from "../../../../base/error.ts";
import type { MessageName } from "../../../../proto/messages.ts";
import { messageTypes } from "../../../../proto/codec/schema.ts";
import { parseText, printText } from "../../../../proto/text/text.ts";
import { arbitraryMessage } from "../arbitrary_message.ts";
import { fixtureText } from "../fixture.ts";

Deno.test("parseText reads what people write", () => {
  const net = parseText("NetParameter", fixtureText("wild.prototxt"));
  assert.deepEqual(net, {
    name: "Wild net",
    force_backward: true,
    debug_info: false,
    state: { phase: "TEST", level: -3, stage: ["a", "b", "c"] },
    layer: [{
      name: 'tab\tquote"octAhexBéé',
      type: "Convolution",
      bottom: ["x"],
      top: ["y"],
      loss_weight: [0.00001, 0.5, 5, -Infinity, 300, 7],
      param: [{ lr_mult: 0 }, { decay_mult: 2.5 }],
      propagate_down: [true, false, true, false, true, false, true, false],
      convolution_param: {
        num_output: 20,
        kernel_size: [5],
        pad: [1, 2, 3],
        weight_filler: { type: "xavier", variance_norm: "AVERAGE" },
        engine: "CAFFE",
      },
      include: [{ phase: "TRAIN" }, { phase: "TEST", min_level: -1 }],
    }, { type: "Silence", bottom: ["y"], name: "silence" }],
  });
});

Deno.test("parseText reads it as Caffe does", () => {
  assert.deepEqual(
    parseText("NetParameter", fixtureText("wild.prototxt")),
    parseText("NetParameter", fixtureText("wild.upgraded.prototxt")),
  );
});

Deno.test("parseText takes an empty file, comments alone, a byte order mark and Windows lines", () => {
  assert.deepEqual(parseText("NetParameter", ""), {});
  assert.deepEqual(parseText("NetParameter", "# nothing\n   # more"), {});
  assert.deepEqual(parseText("NetParameter", '\uFEFFname: "x"\r\nforce_backward: true\r\n'), {
    name: "x",
    force_backward: true,
  });
});

Deno.test("parseText gives nan, and infinity for floats beyond range, as Caffe does", () => {
  const { value, min, max } = parseText("FillerParameter", "value: nan min: -INFINITY max: 1e39");
  assert.deepEqual([value, min, max], [NaN, -Infinity, Infinity]);
});

Deno.test("parseText reads the weights of a blob into typed arrays", () => {
  const blob = parseText("BlobProto", "data: [1, 2.5] data: 3 double_data: 0.1 shape { dim: 3 }");
  assert.deepEqual(blob, {
    data: new Float32Array([1, 2.5, 3]),
    double_data: new Float64Array([0.1]),
    shape: { dim: [3] },
  });
});

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
      { numRuns: 15 },
    );
  }
});
