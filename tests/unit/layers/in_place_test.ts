import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";

/** Layers whose top has the shape of their bottom here, and which can't work in place. */
const APART: readonly { shape: string; others?: string; bottoms?: string; layer: string }[] = [
  { shape: "dim: 2 dim: 3 dim: 4", layer: 'type: "GELU"' },
  {
    shape: "dim: 3 dim: 4",
    others: '{ name: "b" type: "Input" top: "b" input_param { shape { dim: 3 } } }',
    layer: 'type: "BatchReindex" bottom: "b"',
  },
  {
    shape: "dim: 3 dim: 4",
    others:
      '{ name: "b" type: "DummyData" top: "b" dummy_data_param { shape { dim: 3 } data_filler { value: 1 } } }',
    layer: 'type: "Filter" bottom: "b"',
  },
  { shape: "dim: 2 dim: 3", layer: 'type: "InnerDistance" inner_distance_param { num_output: 3 }' },
  {
    shape: "dim: 2 dim: 3",
    others: '{ name: "b" type: "Input" top: "b" input_param { shape { dim: 2 } } }',
    layer: 'type: "MarginInnerProduct" bottom: "b" margin_inner_product_param { num_output: 3 }',
  },
  {
    shape: "dim: 2 dim: 3",
    others: '{ name: "b" type: "Input" top: "b" input_param { shape { dim: 2 } } }',
    layer: 'type: "LargeMarginInnerProduct" bottom: "b" largemargin_inner_product_param { num_output: 3 }',
  },
  { shape: "dim: 2 dim: 1 dim: 3", layer: 'type: "Lstm" lstm_param { num_output: 3 }' },
  {
    shape: "dim: 1 dim: 2 dim: 3 dim: 3",
    others: '{ name: "b" type: "Input" top: "b" input_param { shape { dim: 1 dim: 3 dim: 3 dim: 3 } } }',
    layer: 'type: "DenseCRF" bottom: "b"',
  },
  {
    shape: "dim: 1 dim: 2 dim: 3 dim: 3",
    others: '{ name: "b" type: "Input" top: "b" input_param { shape { dim: 1 dim: 5 } } }',
    layer: 'type: "ROIPooling" bottom: "b" roi_pooling_param { pooled_h: 3 pooled_w: 3 }',
  },
  { shape: "dim: 1 dim: 2 dim: 1 dim: 1", layer: 'type: "SPP" spp_param { pyramid_height: 1 }' },
];

for (const { shape, others = "", layer } of APART) {
  const type = /"(\w+)"/.exec(layer)![1]!;
  Deno.test(`${type} refuses to work in place`, async () => {
    const text = `layer { name: "x" type: "Input" top: "x" input_param { shape { ${shape} } } }
      ${others && `layer ${others}`}
      layer { name: "l" bottom: "x" ${layer} top: "x" }`;
    await assert.rejects(
      () => Net.fromText(text, { engine: "embedded" }),
      /layer 'l': .*Expected a top of another name than the bottom but found it in place/,
    );
    const apart = text.replace(/top: "x" }$/, 'top: "y" }');
    using net = await Net.fromText(apart, { engine: "embedded" });
    assert.deepEqual(net.blob("y").shape, net.blob("x").shape);
  });
}
