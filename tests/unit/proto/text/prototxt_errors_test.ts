import assert from "node:assert/strict";
import { PrototxtError } from "../../../../base/error.ts";
import type { MessageName } from "../../../../proto/messages.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";

const FORK =
  "If it is a field of a Caffe fork, set the environment variable CREMA_PROTO to the fork's caffe.proto.";

/** Type, text, and the error without the name of the file. */
const CASES: [MessageName, string, string][] = [
  // Fields.
  [
    "NetParameter",
    "layer {\n  convolution_param {\n    kernelsize: 5\n  }\n}",
    "3:5: Expected a field of ConvolutionParameter but found 'kernelsize', did you mean 'kernel_size'?",
  ],
  [
    "NetParameter",
    "lyer {}",
    "1:1: Expected a field of NetParameter but found 'lyer', did you mean 'layer'?",
  ],
  [
    "NetParameter",
    "Name: 'x'",
    "1:1: Expected a field of NetParameter but found 'Name', did you mean 'name'?",
  ],
  [
    "NetParameter",
    "layer { kernel_size: 3 }",
    "1:9: Expected a field of LayerParameter but found 'kernel_size'. " +
    "It belongs in convolution_param { … } or pooling_param { … }.",
  ],
  [
    "NetParameter",
    "base_lr: 0.1",
    "1:1: Expected a field of NetParameter but found 'base_lr'. It is a field of SolverParameter.",
  ],
  [
    "NetParameter",
    "constructor: 1",
    `1:1: Expected a field of NetParameter but found 'constructor'. ${FORK}`,
  ],
  [
    "NetParameter",
    "layer { roy_pooling_param { pooled_h: 6 } }",
    `1:9: Expected a field of LayerParameter but found 'roy_pooling_param', did you mean 'roi_pooling_param'? ${FORK}`,
  ],
  [
    "NetParameter",
    "layer { permute_and_turn_param { } }",
    `1:9: Expected a field of LayerParameter but found 'permute_and_turn_param', did you mean 'permute_param'? ${FORK}`,
  ],
  [
    "NetParameter",
    "layer { quite_another_param { } }",
    `1:9: Expected a field of LayerParameter but found 'quite_another_param'. ${FORK}`,
  ],
  [
    "NetParameter",
    "name: 'a'\n\x1a",
    "2:1: Expected a field or a value but found the character U+001a. It is Ctrl-Z, with which DOS ended files: " +
    "delete it.",
  ],
  ["NetParameter", "name: 'a'\x01", "1:10: Expected a field or a value but found the character U+0001"],
  ["NetParameter", "__proto__ { }", "1:1: Expected a field of NetParameter but found '__proto__'"],
  ["NetParameter", "@", "1:1: Expected a field of NetParameter but found '@'"],
  ["NetParameter", '"name": "x"', '1:1: Expected a field of NetParameter but found "name"'],
  ["NetParameter", "[caffe.x]: 1", "1:1: Expected a field of NetParameter but found '['"],
  ["NetParameter", "3: 1", "1:1: Expected a field of NetParameter but found '3'"],
  ["NetParameter", "input_dim: 1 2", "1:14: Expected a field of NetParameter but found '2'"],
  ["NetParameter", "name: 'a',, ", "1:11: Expected a field of NetParameter but found ','"],
  [
    "NetParameter",
    "name: 'a'\nname: 'b'",
    "2:1: Expected 'name' once in a NetParameter but found it again (first on line 1)",
  ],
  [
    "NetParameter",
    "state {}\nstate {}",
    "2:1: Expected 'state' once in a NetParameter but found it again (first on line 1)",
  ],
  ["LayerParameter", "\nclip_param { min: 1 }", "2:1: Expected ClipParameter to have 'max' but found none"],
  // Braces and colons.
  [
    "NetParameter",
    'name: "n"\nlayer {\n  name: "x"\n',
    "4:1: Expected '}' to close the 'layer' on line 2 but found the end of the file",
  ],
  [
    "NetParameter",
    "layer <",
    "1:8: Expected '>' to close the 'layer' on line 1 but found the end of the file",
  ],
  [
    "NetParameter",
    "layer < }",
    "1:9: Expected a field of LayerParameter but found '}'. There is one '}' too many, here or above.",
  ],
  [
    "NetParameter",
    "layer { }\n}",
    "2:1: Expected a field of NetParameter but found '}'. There is one '}' too many, here or above.",
  ],
  ["NetParameter", 'layer "x"', "1:7: Expected '{' after 'layer' but found \"x\""],
  ["NetParameter", "layer: 3", "1:8: Expected '{' after 'layer' but found '3'"],
  ["NetParameter", "layer", "1:6: Expected '{' after 'layer' but found the end of the file"],
  ["NetParameter", 'name "x"', "1:6: Expected ':' after 'name' but found \"x\""],
  ["NetParameter", "name", "1:5: Expected ':' after 'name' but found the end of the file"],
  // Strings.
  [
    "LayerParameter",
    "type: RELU",
    "1:7: Expected a string for LayerParameter.type but found 'RELU'. Put it in quotes: \"RELU\".",
  ],
  [
    "LayerParameter",
    "name: conv-1",
    "1:7: Expected a string for LayerParameter.name but found 'conv'. Put it in quotes: \"conv\".",
  ],
  ["LayerParameter", "name: -'x'", "1:7: Expected a string for LayerParameter.name but found '-'"],
  ["LayerParameter", "name: 'x", "1:7: Expected a closing ' but found the end of the file"],
  ["LayerParameter", 'name: "x\n"', '1:7: Expected a closing " but found the end of the line'],
  [
    "LayerParameter",
    'name: "a\\q"',
    "1:9: Expected an escape such as \\n or \\\" in a string but found '\\q'. Write '/' between folders, and " +
    "'\\\\' for a backslash.",
  ],
  [
    "LayerParameter",
    'name: "\\x"',
    "1:8: Expected an escape such as \\n or \\\" in a string but found '\\x'. Write '/' between folders, and " +
    "'\\\\' for a backslash.",
  ],
  [
    "LayerParameter",
    'name: "\\ud800"',
    "1:8: Expected an escape such as \\n or \\\" in a string but found '\\ud800'",
  ],
  [
    "LayerParameter",
    'name: "\\377"',
    "1:7: Expected UTF-8 text for LayerParameter.name but found bytes that are not",
  ],
  [
    "LayerParameter",
    'name: "\ud800"',
    "1:7: Expected UTF-8 text for LayerParameter.name but found bytes that are not",
  ],
  ["LayerParameter", 'name: ["a"]', "1:7: Expected one value for LayerParameter.name but found a list"],
  // Numbers.
  [
    "NetParameter",
    "input_dim: 3000000000",
    "1:12: Expected an integer from -2147483648 to 2147483647 for NetParameter.input_dim but found '3000000000'",
  ],
  ["NetParameter", "input_dim: 1.5", "1:12: Expected an integer for NetParameter.input_dim but found '1.5'"],
  ["NetParameter", "input_dim: '1'", "1:12: Expected an integer for NetParameter.input_dim but found '1'"],
  ["NetParameter", "input_dim: 08", "1:12: Expected a number but found '08'"],
  ["NetParameter", "input_dim: 3x", "1:12: Expected a number but found '3x'"],
  [
    "NetParameter",
    "input_dim: [1, 2",
    "1:17: Expected ',' or ']' in a list of NetParameter.input_dim but found the end of the file",
  ],
  ["NetParameter", "input_dim: [1, ]", "1:16: Expected an integer for NetParameter.input_dim but found ']'"],
  [
    "ConvolutionParameter",
    "num_output: -3",
    "1:13: Expected an integer from 0 to 4294967295 for ConvolutionParameter.num_output but found -3",
  ],
  [
    "BlobShape",
    "dim: 9007199254740993",
    "1:6: Expected an integer from -9007199254740991 to 9007199254740991 for BlobShape.dim but found '9007199254740993'",
  ],
  ["FillerParameter", "std: 0x10", "1:6: Expected a number for FillerParameter.std but found '0x10'"],
  ["FillerParameter", "std: fast", "1:6: Expected a number for FillerParameter.std but found 'fast'"],
  ["FillerParameter", "std: -x", "1:6: Expected a number for FillerParameter.std but found -x"],
  [
    "NetParameter",
    "force_backward: yes",
    "1:17: Expected true or false for NetParameter.force_backward but found 'yes'",
  ],
  [
    "NetParameter",
    "force_backward: 2",
    "1:17: Expected true or false for NetParameter.force_backward but found '2'",
  ],
  // Enums.
  [
    "PoolingParameter",
    'pool: "MAX"',
    '1:7: Expected one of MAX, AVE, STOCHASTIC for PoolingParameter.pool but found "MAX". Did you mean MAX, without quotes?',
  ],
  [
    "PoolingParameter",
    "pool: ave",
    "1:7: Expected one of MAX, AVE, STOCHASTIC for PoolingParameter.pool but found 'ave'. Did you mean AVE?",
  ],
  ["NetState", "phase: 7", "1:8: Expected one of TRAIN, TEST for NetState.phase but found '7'"],
  ["NetState", "phase: -1", "1:8: Expected one of TRAIN, TEST for NetState.phase but found -1"],
  ["NetState", "phase: toString", "1:8: Expected one of TRAIN, TEST for NetState.phase but found 'toString'"],
  [
    "V1LayerParameter",
    "type: INNERPRODUCT",
    "1:7: Expected a LayerType for V1LayerParameter.type but found 'INNERPRODUCT'. Did you mean INNER_PRODUCT?",
  ],
];

for (const [type, text, expected] of CASES) {
  Deno.test(`error: ${JSON.stringify(text)}`, () => {
    let caught: unknown;
    try {
      parseText(type, text, { file: "net.prototxt" });
    } catch (error) {
      caught = error;
    }
    assert.ok(caught instanceof PrototxtError, `no PrototxtError but ${caught}`);
    assert.equal(caught.message, `net.prototxt:${expected}`);
    assert.equal(`${caught.line}:${caught.column}`, /^\d+:\d+/.exec(expected)![0]);
    assert.equal(caught.file, "net.prototxt");
  });
}

Deno.test("without a file name, errors still give line and column", () => {
  assert.throws(() => parseText("NetParameter", "\n oops: 1"), {
    message: `prototxt:2:2: Expected a field of NetParameter but found 'oops'. ${FORK}`,
  });
});

Deno.test("a deep or long file ends soon", () => {
  assert.throws(() => parseText("NetParameter", "layer {".repeat(200_000)), PrototxtError);
  assert.throws(() => parseText("NetParameter", "[".repeat(200_000)), PrototxtError);
  assert.throws(() => parseText("NetParameter", `${"x".repeat(1_000_000)}: 1`), PrototxtError);
  assert.throws(() => parseText("NetParameter", `name: "${"\\".repeat(1_000_001)}"`), PrototxtError);
  assert.throws(() => parseText("NetParameter", `input_dim: ${"9".repeat(100_000)}`), PrototxtError);
});
