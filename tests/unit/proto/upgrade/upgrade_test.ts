import assert from "node:assert/strict";
import { CremaError, type Location } from "../../../../base/error.ts";
import type { NetParameter, V1LayerParameterLayerType } from "../../../../proto/messages.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { messageType } from "../../../../proto/codec/schema.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { upgradeNet } from "../../../../proto/upgrade/upgrade.ts";
import { fixtureText } from "../fixture.ts";

for (const name of ["v0", "v1", "input_dim", "input_shape"]) {
  Deno.test(`${name}.prototxt is upgraded as Caffe's own tool does it`, () => {
    const upgraded = netFromText(fixtureText(`${name}.prototxt`), name);
    assert.deepEqual(upgraded, parseText("NetParameter", fixtureText(`${name}.upgraded.prototxt`)));
    assert.deepEqual(upgradeNet(upgraded), upgraded);
  });
}

Deno.test("a net of the present form stays as it is", () => {
  const net = parseText("NetParameter", fixtureText("lenet_train_test.prototxt"));
  assert.equal(upgradeNet(net), net);
});

Deno.test("upgrading does not change its input", () => {
  for (const name of ["v0", "v1", "input_dim", "input_shape"]) {
    const net = parseText("NetParameter", fixtureText(`${name}.prototxt`));
    const copy = structuredClone(net);
    upgradeNet(net);
    assert.deepEqual(net, copy);
  }
});

Deno.test("every V1 type gets its present name", () => {
  const enumeration = messageType("V1LayerParameter").lookupEnum("LayerType");
  for (const type of Object.keys(enumeration.values) as V1LayerParameterLayerType[]) {
    const [layer] = upgradeNet({ layers: [{ type }] }).layer!;
    const plain = (text: string) => text.toLowerCase().replaceAll("_", "");
    const expected = type === "SOFTMAX_LOSS" ? "softmaxwithloss" : type === "NONE" ? "" : plain(type);
    assert.equal(plain(layer!.type!), expected);
  }
});

Deno.test("weights are shared, not copied", () => {
  const blobs = [{ data: new Float32Array(3) }];
  assert.equal(upgradeNet({ layers: [{ type: "RELU", blobs }] }).layer![0]!.blobs, blobs);
  const old: NetParameter = { input: ["x"], layers: [{ layer: { type: "conv", blobs }, bottom: ["x"] }] };
  assert.equal(upgradeNet(old).layer![0]!.blobs, blobs);
});

Deno.test("a net that holds only weights loses its inputs", () => {
  assert.deepEqual(upgradeNet({ name: "n", input: ["data"], layer: [{ name: "a" }] }), {
    name: "n",
    layer: [{ name: "a" }],
  });
  assert.deepEqual(upgradeNet({ name: "n", input: ["data"] }), { name: "n" });
});

Deno.test("input_shape wins over input_dim", () => {
  const net = upgradeNet({ input: ["x"], input_shape: [{ dim: [1, 2] }], input_dim: [1, 2, 3, 4] });
  assert.deepEqual(net, {
    layer: [{ name: "input", type: "Input", top: ["x"], input_param: { shape: [{ dim: [1, 2] }] } }],
  });
});

Deno.test("scale and the like stay in data layers of the present form, as in Caffe", () => {
  const net: NetParameter = { layer: [{ type: "Data", data_param: { scale: 2, source: "x" } }] };
  assert.equal(upgradeNet(net), net);
});

Deno.test("settings that are given twice: the layer's own win over transform_param, as in Caffe", () => {
  const net = upgradeNet({
    layers: [{ type: "DATA", data_param: { scale: 2 }, transform_param: { scale: 3, mirror: true } }],
  });
  assert.deepEqual(net.layer, [{
    type: "Data",
    data_param: {},
    transform_param: { scale: 2, mirror: true },
  }]);
});

Deno.test("fields that an old layer cannot have are dropped with a warning", () => {
  const warnings: string[] = [];
  const onWarning = (text: string, at?: Location) => warnings.push(`${at?.line}: ${text}`);
  netFromText(
    `layers { layer { name: "r" type: "relu" num_output: 3 } }
layers { layer { name: "p" type: "pool" hdf5_output_param { file_name: "x" } } }`,
    "old.prototxt",
    { onWarning },
  );
  netFromText(`layer { name: "a" }\nlayers { name: "b" }`, "both.prototxt", { onWarning });
  assert.deepEqual(warnings, [
    "1: unknown parameter num_output for layer type 'relu', ignored",
    "2: unknown parameter hdf5_output_param for layer type 'pool', ignored",
    "1: the net has both 'layer' and the older 'layers'; the 'layer' entries are ignored",
  ]);
});

const REFUSED: [string, string][] = [
  [
    'layers { layer { name: "x" type: "convolve" } }',
    "old.prototxt:1:1: layer 'x': Expected a V0 layer type but found 'convolve'",
  ],
  [
    'layers { layer { name: "x" type: "toString" } }',
    "old.prototxt:1:1: layer 'x': Expected a V0 layer type but found 'toString'",
  ],
  [
    '\nlayers { layer { name: "x" type: "relu" } bottom: "nowhere" }',
    "old.prototxt:2:1: layer 'x': Expected the bottom 'nowhere' to be the top of a layer above but found no such blob",
  ],
  [
    'input: "i"\nlayers { layer { type: "padding" pad: 1 } bottom: "i" top: "p" }\nlayers { layer { name: "x" type: "relu" } bottom: "p" }',
    "old.prototxt:3:1: layer 'x': Expected a conv or pool layer after a padding layer but found 'relu'",
  ],
  [
    'input: "i"\nlayers { layer { type: "padding" pad: 1 } bottom: "i" top: "p" }\n' +
    'layers { layer { name: "x" type: "conv" } bottom: "p" bottom: "i" }',
    "old.prototxt:3:1: layer 'x': Expected one bottom and one top around a padding layer but found several or none",
  ],
  [
    'input: "a" input: "b"\ninput_dim: 1',
    "old.prototxt:1:1: Expected 4 input_dim for each of 2 inputs but found 1",
  ],
  [
    'input: "a" input: "b"\ninput_shape { dim: 1 }',
    "old.prototxt:1:1: Expected an input_shape for each of 2 inputs but found 1",
  ],
];

for (const [text, message] of REFUSED) {
  Deno.test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => netFromText(text, "old.prototxt"), (error) => {
      assert.ok(error instanceof CremaError);
      assert.equal(error.message, message);
      return true;
    });
  });
}
