import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { layerFlops, netFlops } from "../../../../net/summary/layer_flops.ts";
import { Net } from "../../../../net/mod.ts";
import { readNet } from "../../../../proto/mod.ts";

/** The network for prediction, on one image. Its parameters are 0. */
async function deployed(model: string): Promise<Net> {
  const param = await readNet(
    fileURLToPath(new URL(`../../../../models/${model}/deploy.prototxt`, import.meta.url)),
  );
  for (const { dim } of param.layer?.[0]?.input_param?.shape ?? []) if (dim !== undefined) dim[0] = 1;
  return await Net.create(param);
}

/** Billions of multiplications per image, as published: in the papers, or of Caffe's prototxts by others. */
const PUBLISHED: readonly [model: string, billions: number][] = [
  ["alexnet", 0.724], // Krizhevsky's groups, 227 × 227
  ["googlenet", 1.583],
  ["mobilenet_v1", 0.569], // "569 million Mult-Adds"
  ["resnet18", 1.82],
  ["resnet50", 3.86], // stride in the first 1 × 1 convolution; 4.1 where it is in the 3 × 3 one
  ["squeezenet", 0.3877], // v1.1, 227 × 227
  ["vgg16", 15.47],
];

for (const [model, billions] of PUBLISHED) {
  Deno.test(`an image takes the multiplications of ${model} that are published`, async () => {
    using net = await deployed(model);
    const found = netFlops(net).forward / 2e9;
    assert.ok(Math.abs(found - billions) < 0.015 * billions, `${found}`);
  });
}

async function flopsOf(layers: string): Promise<number[][]> {
  using net = await Net.fromText(layers, { phase: "TRAIN", seed: 1 });
  return layerFlops(net).map(({ forward, backward }) => [forward, backward]);
}

const input = (name: string, ...dims: number[]) =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${
    dims.map((dim) => `dim: ${dim}`).join(" ")
  } } }}`;

Deno.test("backward counts once for each gradient that is computed", async () => {
  const ip = (name: string, bottom: string, more = "") =>
    `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${more}
       inner_product_param { num_output: 5 } }`;
  const frozen = "param { lr_mult: 0 } param { lr_mult: 0 }";
  const data = input("x", 3, 4) + input("target", 3, 5);
  const loss = (bottom: string) =>
    `layer { name: "loss" type: "EuclideanLoss" bottom: "${bottom}" bottom: "target" top: "loss" }`;
  const products = async (layers: string) => (await flopsOf(layers)).slice(2, -1);
  const first = 2 * 3 * 4 * 5, next = 2 * 3 * 5 * 5;

  // The first layer's bottom is data; of a frozen layer only the bottom's gradient is left.
  assert.deepEqual(
    await products(data + ip("a", "x") + ip("b", "a") + ip("c", "b", frozen) + loss("c")),
    [[first, first], [next, 2 * next], [next, next]],
  );
  assert.deepEqual(
    await products(data + ip("a", "x", frozen) + ip("b", "a") + loss("b")),
    [[first, 0], [next, next]],
  );
  assert.deepEqual(
    await products(data + ip("a", "x") + ip("b", "a", "propagate_down: false") + loss("b")),
    [[first, 0], [next, next]],
  );
  assert.deepEqual(await products("force_backward: true " + data + ip("a", "x") + loss("a")), [
    [first, 2 * first],
  ]);
});

Deno.test("a deconvolution multiplies once per weight and pixel of its bottom", async () => {
  const [, [forward] = []] = await flopsOf(
    input("x", 2, 4, 5, 6) +
      `layer { name: "up" type: "Deconvolution" bottom: "x" top: "up"
         convolution_param { num_output: 8 kernel_size: 3 stride: 2 group: 2 } }`,
  );
  assert.equal(forward, 2 * 2 * (5 * 6) * (4 * 8 / 2 * 9));
});

Deno.test("an LSTM multiplies its matrices in each step, and that of a static bottom once", async () => {
  const lstm = (more: string) =>
    input("x", 7, 3, 4) + input("cont", 7, 3) + input("s", 3, 6) +
    `layer { name: "lstm" type: "LSTM" bottom: "x" bottom: "cont" ${more} top: "y" recurrent_param { num_output: 5 } }`;
  const [, , , [plain] = []] = await flopsOf(lstm(""));
  assert.equal(plain, 2 * 7 * 3 * (4 * 5 * 4 + 4 * 5 * 5));
  const [, , , [withStatic] = []] = await flopsOf(lstm('bottom: "s"'));
  assert.equal(withStatic, plain! + 2 * 3 * (4 * 5 * 6));
});
