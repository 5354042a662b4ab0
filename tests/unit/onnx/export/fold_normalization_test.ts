import assert from "node:assert/strict";
import { exportOnnx, type OnnxExportOptions } from "../../../../net/export/export_onnx.ts";
import type { Net } from "../../../../net/net.ts";
import { decodeModel } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectSameInOnnx } from "../judge.ts";

const data = `layer { name: "data" type: "Input" top: "data" input_param { shape {
  dim: 2 dim: 4 dim: 5 dim: 6 } } }\n`;
const bn = (bottom: string, top = bottom) =>
  `layer { name: "bn" type: "BatchNorm" bottom: "${bottom}" top: "${top}" batch_norm_param { eps: 0.01 } }\n`;
const scale = (bottom: string, top = bottom, more = "") =>
  `layer { name: "scale" type: "Scale" bottom: "${bottom}" top: "${top}" scale_param { bias_term: true ${more} } }\n`;
const conv = (type: string, param: string, top = "c") =>
  `layer { name: "${top}" type: "${type}" bottom: "data" top: "${top}" convolution_param {
    weight_filler { type: "gaussian" std: 0.5 } ${param} } }\n`;

/** Fills what fillers leave at 0 or 1 with values that make a difference. */
function prepare(net: Net): void {
  for (const { type, blobs } of net.layers) {
    if (type !== "BatchNorm" && type !== "Scale" && type !== "Bias") continue;
    for (const [i, blob] of blobs.entries()) {
      blob.write(Float32Array.from({ length: blob.count }, (_, c) => 0.5 + 0.25 * i + 0.2 * c));
    }
  }
}

async function operators(text: string, options: OnnxExportOptions = {}): Promise<string[]> {
  const { graph } = decodeModel(await exportOnnx(netFromText(text), { seed: 1, ...options }));
  return graph!.node!.map(({ op_type }) => op_type!);
}

/** Expects a net to have these operators, folded, and to compute the same folded and not. */
async function expectFolded(text: string, folded: string[]): Promise<void> {
  assert.deepEqual(await operators(text), folded);
  await expectSameInOnnx(text, { prepare });
  await expectSameInOnnx(text, { prepare, fold: false });
}

Deno.test("BatchNorm, Scale and Bias become part of the convolution before them", async () => {
  const param = "num_output: 6 kernel_size: 3";
  const bias =
    `layer { name: "bias" type: "Bias" bottom: "c" top: "c" bias_param { filler { value: 3 } } }\n`;
  await expectFolded(data + conv("Convolution", param) + bn("c") + scale("c"), ["Conv"]);
  await expectFolded(
    data + conv("Convolution", `${param} bias_term: false`) + bn("c", "n") + scale("n", "s"),
    [
      "Conv",
    ],
  );
  await expectFolded(data + conv("Convolution", `${param} group: 2 stride: 2`) + scale("c") + bias, ["Conv"]);
  await expectFolded(
    data + conv("Deconvolution", `${param} bias_filler { value: 2 }`) + bn("c") + scale("c"),
    [
      "ConvTranspose",
    ],
  );
  await expectFolded(data + conv("Deconvolution", `${param} group: 2 bias_term: false`) + bn("c"), [
    "ConvTranspose",
  ]);
});

Deno.test("BatchNorm and Scale become part of the InnerProduct before them", async () => {
  for (const transpose of [false, true]) {
    for (const bias of [false, true]) {
      const ip = `layer { name: "c" type: "InnerProduct" bottom: "data" top: "c" inner_product_param {
        num_output: 5 transpose: ${transpose} bias_term: ${bias} weight_filler { type: "gaussian" } } }\n`;
      await expectFolded(data + ip + bn("c") + scale("c"), ["Flatten", "Gemm"]);
    }
  }
});

Deno.test("Scale becomes part of a BatchNorm without a convolution before", async () => {
  await expectFolded(data + bn("data", "n") + scale("n"), ["BatchNormalization"]);
  assert.deepEqual(await operators(data + bn("data", "n") + scale("n"), { fold: false }), [
    "BatchNormalization",
    "Mul",
    "Add",
  ]);
});

Deno.test("what others read, or what does not go by channels, is not folded", async () => {
  const one = conv("Convolution", "num_output: 6 kernel_size: 3");
  const tanh = `layer { name: "tanh" type: "TanH" bottom: "c" top: "t" }\n`;
  await expectFolded(data + one + bn("c", "n") + tanh, ["Conv", "BatchNormalization", "Tanh"]);
  await expectFolded(data + one + scale("c", "s", "axis: 2"), ["Conv", "Mul", "Add"]);
  await expectFolded(data + one + scale("c", "s", "axis: 1 num_axes: 2"), ["Conv", "Mul", "Add"]);
  await expectFolded(data + one + tanh.replace(`top: "t"`, `top: "c"`) + scale("c"), [
    "Conv",
    "Tanh",
    "Mul",
    "Add",
  ]);
});

Deno.test("layers that share weights keep them apart from what is folded", async () => {
  const shared = (name: string) =>
    `layer { name: "${name}" type: "Convolution" bottom: "data" top: "${name}" param { name: "w" }
      convolution_param { num_output: 2 kernel_size: 1 bias_term: false weight_filler { type: "gaussian" } } }\n`;
  const several = `layer { name: "two" type: "Convolution" bottom: "data" bottom: "data" top: "x" top: "y"
    convolution_param { num_output: 2 kernel_size: 1 weight_filler { type: "gaussian" } } }\n`;
  await expectFolded(data + shared("a") + shared("b") + bn("a"), ["Conv", "Conv"]);
  await expectFolded(data + several + bn("x"), ["Conv", "Conv"]);
});

Deno.test("weights are folded in 64 bits, and rounded once", async () => {
  // 1e-30 and its inverse are not both near 1 in 32 bits: their product is, if it is made before rounding.
  const scales =
    `layer { name: "s1" type: "Scale" bottom: "c" top: "c" scale_param { filler { value: 1e-30 } } }
    layer { name: "s2" type: "Scale" bottom: "c" top: "c" scale_param { filler { value: 1e-30 } } }
    layer { name: "s3" type: "Scale" bottom: "c" top: "c" scale_param { filler { value: 1e30 } } }
    layer { name: "s4" type: "Scale" bottom: "c" top: "c" scale_param { filler { value: 1e30 } } }\n`;
  const text = data + conv("Convolution", "num_output: 1 kernel_size: 1 bias_term: false") + scales;
  const { graph } = decodeModel(await exportOnnx(netFromText(text), { seed: 1 }));
  const plain = decodeModel(
    await exportOnnx(
      netFromText(data + conv("Convolution", "num_output: 1 kernel_size: 1 bias_term: false")),
      { seed: 1 },
    ),
  );
  const weights = ({ raw_data }: { raw_data?: Uint8Array }) => new Float32Array(raw_data!.slice().buffer);
  const [found] = graph!.initializer!, [expected] = plain.graph!.initializer!;
  assert.deepEqual(graph!.node!.map(({ op_type }) => op_type), ["Conv"]);
  for (const [i, value] of weights(expected!).entries()) {
    assert.ok(
      Math.abs(weights(found!)[i]! - value) <= 1e-6 * Math.abs(value),
      `${weights(found!)[i]} for ${value}`,
    );
  }
});
