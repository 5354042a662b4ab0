import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { exportOnnx } from "../../../../net/export/export_onnx.ts";
import { importOnnx } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectNear, gaussian } from "../judge.ts";
import { netOf } from "./run_imported.ts";

const NETS: Readonly<Record<string, string>> = {
  "a convolutional net": `
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 9 dim: 8 } } }
    layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {
      num_output: 4 kernel_h: 3 kernel_w: 2 stride: 2 pad: 1 weight_filler { type: "xavier" }
      bias_filler { type: "gaussian" } } }
    layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" relu_param { negative_slope: 0.1 } }
    layer { name: "up" type: "Deconvolution" bottom: "conv" top: "up" convolution_param {
      num_output: 2 kernel_size: 3 stride: 2 weight_filler { type: "xavier" } } }
    layer { name: "tanh" type: "TanH" bottom: "up" top: "tanh" }
    layer { name: "ip" type: "InnerProduct" bottom: "tanh" top: "ip" inner_product_param {
      num_output: 5 weight_filler { type: "xavier" } bias_filler { type: "gaussian" } } }
    layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }`,
};

for (const [what, text] of Object.entries(NETS)) {
  Deno.test(`export and import give the net back: ${what}`, async () => {
    using net = await Net.create(netFromText(text), { seed: 3, phase: "TEST", engine: "embedded" });
    const bytes = await exportOnnx(netFromText(text), { weights: net.handle.save(false) });
    const [input] = net.inputs, shape = net.blob(input!).shape, values = gaussian()("", shape);
    const imported = await importOnnx(bytes, { inputs: new Map([[input!, [...shape]]]) });
    using again = await netOf(imported);
    for (const each of [net, again]) {
      each.blob(input!).write(Float32Array.from(values));
      each.forward();
    }
    assert.deepEqual([...again.inputs], [...net.inputs]);
    assert.deepEqual([...again.outputs], [...net.outputs]);
    for (const name of net.outputs) expectNear(again.blob(name).data, net.blob(name).data, 1e-5, name);
  });
}
