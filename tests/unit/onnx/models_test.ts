import assert from "node:assert/strict";
import { join } from "node:path";
import type { Net } from "../../../net/net.ts";
import type { LayerParameter, NetParameter } from "../../../proto/messages.ts";
import { replaceInputs } from "../../../net/summary/replace_inputs.ts";
import { printText, readNet } from "../../../proto/mod.ts";
import { expectSameInOnnx } from "./judge.ts";

const MODELS = new URL("../../../models/", import.meta.url).pathname;

/** The nets that are compared, each with an eighth of its channels, and the sides of images where fewer pixels do. */
const SIDES: Readonly<Record<string, number | undefined>> = {
  alexnet: undefined,
  caffenet: undefined,
  cifar10_quick: undefined,
  densenet121: 128,
  fcn_small: undefined,
  googlenet: undefined,
  lenet: undefined,
  logistic_regression: undefined,
  mnist_autoencoder: undefined,
  mnist_siamese: undefined,
  mobilenet_v1: 128,
  resnet18: undefined,
  resnet50: undefined,
  squeezenet: 131,
  vgg16: 64,
};

/** Nets of layers in TypeScript, recurrent layers and SSD, which have tests of their own. */
const OTHERS = ["char_lstm", "fashion_mnist", "ssd_small"];

Deno.test("each net of models/ is compared, or is one of those with layers of other tests", () => {
  const all = Array.from(Deno.readDirSync(MODELS), ({ name }) => name).filter((name) => {
    try {
      return Deno.statSync(join(MODELS, name, "deploy.prototxt")).isFile;
    } catch {
      return false;
    }
  });
  assert.deepEqual([...Object.keys(SIDES), ...OTHERS].sort(), all.sort());
});

for (const [name, side] of Object.entries(SIDES)) {
  Deno.test(`${name} is the same in ONNX`, async () => {
    const net = await readNet(join(MODELS, name, "deploy.prototxt"));
    const [input] = net.layer ?? [];
    const [, ...dims] = input!.input_param!.shape![0]!.dim!;
    const shape = side === undefined ? [1, ...dims] : [1, dims[0]!, side, side];
    const small = thin(replaceInputs(net, new Map([[input!.top![0]!, shape]])));
    await expectSameInOnnx(printText("NetParameter", small), { prepare: fillParams, values: uniform });
  });
}

/** A net with an eighth of the channels: of the same layers, in less time. */
function thin(net: NetParameter): NetParameter {
  const eighth = (count: number) => count % 16 === 0 ? count / 8 : count;
  const layer = (net.layer ?? []).map((each): LayerParameter => {
    const { convolution_param: conv, inner_product_param: product } = each;
    return {
      ...each,
      ...conv && {
        convolution_param: {
          ...conv,
          num_output: eighth(conv.num_output!),
          ...conv.group && { group: eighth(conv.group) },
        },
      },
      ...product && { inner_product_param: { ...product, num_output: eighth(product.num_output!) } },
    };
  });
  return { ...net, layer };
}

/** Fills parameters as after training: values neither vanish nor grow from layer to layer. */
function fillParams(net: Net): void {
  for (const { type, blobs } of net.layers) {
    const [first, ...others] = blobs;
    if (first === undefined) continue;
    const fanIn = first.count / first.shape[0]!;
    first.write(
      type === "Scale"
        ? around(1, 0.3, first.count)
        : around(0, type === "BatchNorm" ? 0.1 : Math.sqrt(4 / fanIn), first.count),
    );
    for (const blob of others) {
      blob.write(type === "BatchNorm" ? around(1, 0.2, blob.count) : around(0, 0.1, blob.count));
    }
  }
}

function uniform(_name: string, shape: readonly number[]): Float32Array {
  return around(0, 1.7, shape.reduce((product, dim) => product * dim, 1));
}

let state = 1;

/** Uniform values, quick to make: of a linear congruential generator. */
function around(middle: number, spread: number, count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count), factor = spread / 2 ** 31;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = middle + factor * state;
  }
  return values;
}
