import assert from "node:assert/strict";
import { Net } from "../../../../net/mod.ts";
import { netFromText, type NetParameter, readNet } from "../../../../proto/mod.ts";
import { fitNet, type FittedNet, smallNet } from "../../../../train/fitting/mod.ts";
import { root } from "../../../../tools/root.ts";

/** A net fitted to three classes, with Input layers in place of those that read images. */
function fitted(
  net: NetParameter,
  side: number,
  more: { suffix?: string; headRate?: number } = {},
): FittedNet {
  const input = [3, side, side] as const;
  const shape = [{ dim: [2, ...input] }, { dim: [2] }];
  const data = [{ name: "images", type: "Input", top: ["data", "label"], input_param: { shape } }];
  return fitNet(net, { classes: 3, input, data, ...more });
}

const NETS: readonly [name: string, side: number, heads: string[]][] = [
  ["lenet", 28, ["ip2"]],
  ["resnet18", 96, ["fc1000"]],
  ["squeezenet", 96, ["conv10"]],
  ["mobilenet_v1", 64, ["fc7"]],
  ["googlenet", 128, ["loss1/classifier", "loss2/classifier", "loss3/classifier"]],
];

for (const [name, side, heads] of NETS) {
  Deno.test(`${name} is fitted to three classes at ${side} pixels, for training and for prediction`, async () => {
    const { trainVal, deploy, heads: found } = fitted(
      await readNet(`${root}/models/${name}/net.prototxt`),
      side,
    );
    assert.deepEqual(found, heads);
    using net = await Net.create(deploy, { phase: "TEST", seed: 1 });
    assert.deepEqual(net.outputs, ["prob"]);
    assert.deepEqual(net.blob("prob").shape.slice(0, 2), [16, 3]);
    assert.equal(net.layers[0]!.name, "data");
    using test = await Net.create(trainVal, { phase: "TEST", seed: 1 });
    assert.ok(
      test.outputs.includes("accuracy") && !test.outputs.some((output) => /top/.test(output)),
      `${test.outputs}`,
    );
  });
}

Deno.test("the small net halves images until about eight pixels a side are left", async () => {
  for (
    const [side, last, convolutions] of [[16, 8, 2], [28, 7, 3], [64, 8, 4], [128, 8, 5], [
      224,
      7,
      6,
    ]] as const
  ) {
    using net = await Net.create(fitted(smallNet(side), side).deploy, { phase: "TEST", seed: 1 });
    assert.deepEqual(net.blob(`conv${convolutions}`).shape.slice(1), [128, last, last]);
  }
});

const NET = (last: string) =>
  netFromText(
    `layer { name: "in" type: "Input" top: "pixels" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "conv" type: "Convolution" bottom: "pixels" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
    layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { pool: AVE kernel_size: 6 } }
    ${last}`,
    "my.prototxt",
  );

Deno.test("a net for prediction gets a loss, its input another size, and its last layer another name on request", async () => {
  const net = NET(
    `layer { name: "fc" type: "InnerProduct" bottom: "pool" top: "fc" param { lr_mult: 1 } param { lr_mult: 2 }
      inner_product_param { num_output: 9 } }
    layer { name: "softmax" type: "Softmax" bottom: "fc" top: "softmax" }`,
  );
  const { trainVal, heads } = fitted(net, 10, { suffix: "own", headRate: 10 });
  assert.deepEqual(heads, ["fc_own"]);
  const head = trainVal.layer!.find(({ name }) => name === "fc_own")!;
  assert.deepEqual(head.param!.map(({ lr_mult }) => lr_mult), [10, 20]);
  assert.deepEqual(
    trainVal.layer!.map(({ type }) => type),
    ["Input", "Convolution", "Pooling", "InnerProduct", "Accuracy", "SoftmaxWithLoss"],
  );
  using made = await Net.create(trainVal, { phase: "TRAIN", seed: 1 });
  assert.deepEqual(made.blob("pool").shape, [2, 4, 1, 1]);
  // The net that was given is as it was.
  assert.equal(net.layer![3]!.inner_product_param!.num_output, 9);
  assert.deepEqual(fitted(net, 10).heads, ["fc"]);
});

Deno.test("a net whose last layer can't be found is an error that says what was", () => {
  assert.throws(
    () => fitted(NET('layer { name: "lstm" type: "LSTM" bottom: "pool" top: "y" }'), 8),
    /my\.prototxt:4:\d+: layer 'lstm': Expected a last layer of type InnerProduct or Convolution, .* but found LSTM/,
  );
  assert.throws(
    () =>
      fitted(
        netFromText(
          'layer { name: "in" type: "Input" top: "x" } layer { name: "r" type: "ReLU" bottom: "x" top: "r" }',
        ),
        8,
      ),
    /Expected a last layer of type InnerProduct or Convolution, .* but found none that makes 'r'/,
  );
  assert.throws(
    () =>
      fitted(
        NET(
          ["a", "b"].map((name) =>
            `layer { name: "${name}" type: "InnerProduct" bottom: "pool" top: "${name}" inner_product_param { num_output: 2 } }`
          ).join(""),
        ),
        8,
      ),
    /Expected a net with one output, or with a loss that takes a label, but found the outputs a, b/,
  );
});
