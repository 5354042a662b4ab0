import assert from "node:assert/strict";
import { summaryText } from "../../../../cli/summary.ts";
import { Net, replaceInputs, summarize } from "../../../../net/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";

const NET = `name: "two"
layer { name: "data" type: "Data" top: "data" top: "label" data_param { source: "nowhere" batch_size: 64 } }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv" param { lr_mult: 0 }
  convolution_param { num_output: 4 kernel_size: 3 stride: 2 dilation: 2 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "a" type: "InnerProduct" bottom: "conv" top: "a" param { name: "w" } param { name: "b" } inner_product_param { num_output: 3 } }
layer { name: "b" type: "InnerProduct" bottom: "conv" top: "b" param { name: "w" } param { name: "b" } inner_product_param { num_output: 3 } }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "sum" bottom: "label" top: "loss" }
`;
const INPUTS = new Map([["data", [2, 1, 9, 9]], ["label", [2]]]);

Deno.test("a summary counts shared parameters once, and tells which are learned", async () => {
  using net = await Net.create(replaceInputs(netFromText(NET), INPUTS));
  const summary = summarize(net);
  assert.deepEqual(summary.layers.map(({ name }) => name), ["data", "conv", "relu", "a", "b", "sum", "loss"]);
  const [, conv, , a] = summary.layers;
  // The window of 3 with dilation 2 is 5 pixels; 9 pixels give 3 positions.
  assert.deepEqual(conv!.shapes, [[2, 4, 3, 3]]);
  assert.deepEqual(conv!.receptiveField, { size: [5, 5], jump: [2, 2] });
  assert.equal(conv!.multiplyAdds, 2 * 4 * 9 * 9);
  assert.equal(a!.parameters, 36 * 3 + 3);
  assert.deepEqual(a!.receptiveField?.size, [Infinity, Infinity]);
  assert.equal(summary.parameters, 4 * 9 + 4 + 111);
  assert.equal(summary.learned, 4 + 111);
  // data 162, label 2, conv 72, a, b and sum 6 each, loss 1: what splits copy is not counted again.
  assert.equal(summary.bytes.inference, 4 * (162 + 2 + 72 + 18 + 1 + 151));
  assert.equal(summary.bytes.training, 4 * (2 * 255 + 2 * 151 + 115));
  const text = summaryText(summary);
  assert.match(text, /conv \(Convolution\) +\(2, 4, 3, 3\) +40 +648 +5×5 {2}data\n/);
  assert.match(text, /Parameters: +151 \(0\.6 KB\), of which 115 are learned\n/);
});

Deno.test("inputs can only replace layers whose tops all get a shape", () => {
  const net = netFromText(NET);
  assert.throws(
    () => replaceInputs(net, new Map([["date", [1]]])),
    /blob of the net but found 'date'.*'data'/,
  );
  assert.throws(
    () => replaceInputs(net, new Map([["data", [1]]])),
    /layer 'data': Expected a shape for 'label'/,
  );
});
