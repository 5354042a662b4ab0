import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { ProposalLayer } from "./fixtures/proposal_layer.ts";

const MODULE = new URL("fixtures/proposal_layer.ts", import.meta.url).href;

const net = (propagateDown: string) => `
layer { name: "in" type: "Input" top: "image" input_param { shape { dim: 1 dim: 2 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "image" top: "conv"
  convolution_param { num_output: 3 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
layer { name: "proposal" type: "Script" bottom: "conv" top: "rois" top: "label" ${propagateDown}
  script_param { module: "${MODULE}" layer: "ProposalLayer" } }
layer { name: "pool" type: "Script" bottom: "conv" bottom: "rois" top: "pool"
  script_param { module: "crema/layers/roi_pooling.ts" layer: "ROIPoolingLayer" param_str: '{"pooled_h": 2, "pooled_w": 2}' } }
layer { name: "cls" type: "InnerProduct" bottom: "pool" top: "cls"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "cls" bottom: "label" top: "loss"
  propagate_down: true propagate_down: false }
layer { name: "prob" type: "Softmax" bottom: "cls" top: "prob" }`;

Deno.test("a layer may give its tops another shape in every forward, none of it included", async () => {
  const counts = [1, 3, 1, 5, 0, 2, 2];
  for (const propagateDown of ["", "propagate_down: false"]) {
    ProposalLayer.counts = counts;
    using made = await Net.fromText(net(propagateDown), { phase: "TRAIN", seed: 1, engine: "embedded" });
    for (const count of counts) {
      made.clearParamDiffs();
      const image = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i));
      const { loss, prob } = made.forward({ inputs: { image } });
      made.backward();
      assert.deepEqual(made.blob("rois").shape, [count, 5]);
      assert.deepEqual(made.blob("pool").shape, [count, 3, 2, 2]);
      assert.equal(prob!.length, 2 * count);
      assert.ok(count === 0 ? loss![0] === 0 : loss![0]! > 0);
      const gradient = made.layer("conv").blobs[0]!.diff;
      assert.equal(gradient.some((value) => value !== 0), count > 0);
    }
  }
});
