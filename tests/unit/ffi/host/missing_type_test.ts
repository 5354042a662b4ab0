import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Net } from "../../../../net/mod.ts";
import { Engine } from "../../../../ffi/mod.ts";
import { EMBEDDED_ONLY_TYPES, missingTypeHint } from "../../../../ffi/host/missing_type.ts";

const LIBCAFFE = existsSync(new URL("../../../../build/libcaffe/libcrema_libcaffe.so", import.meta.url));

const net = (type: string) =>
  `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 3 dim: 3 } } }
   layer { name: "odd" type: "${type}" bottom: "x" top: "y" }`;

Deno.test("an unknown layer type suggests only what is really near", async () => {
  await assert.rejects(Net.fromText(net("Softmx")), /found 'Softmx'\. Did you mean 'Softmax'\?/);
  await assert.rejects(Net.fromText(net("convolution_depthwise")), /Did you mean 'ConvolutionDepthwise'\?/);
  await assert.rejects(
    Net.fromText(net("SReLU")),
    /found 'SReLU'\. No engine or module here has it\. If a fork of Caffe has it.*CREMA_PROTO.*`crema new layer SReLU`/,
  );
  assert.doesNotMatch(missingTypeHint("QReLU", "embedded", ["PReLU", "ReLU"]), /Did you mean/);
});

Deno.test("a type of the embedded engine alone is found there", { ignore: !LIBCAFFE }, async () => {
  const [embedded, libcaffe] = ["embedded", "libcaffe"].map((name) => Engine.open(name));
  assert.deepEqual(
    EMBEDDED_ONLY_TYPES,
    embedded!.layerTypes.filter((type) => !libcaffe!.layerTypes.includes(type)),
  );
  await assert.rejects(
    Net.fromText(net("Permute"), { engine: "libcaffe" }),
    /layer 'odd': Expected a layer type that the engine 'libcaffe' has but found 'Permute'\. The embedded engine has it: --engine embedded/,
  );
});
