import assert from "node:assert/strict";
import { GraphBuilder } from "../../../../onnx/mod.ts";
import { exportOnnx, type OnnxExportOptions } from "../../../../net/export/export_onnx.ts";
import { decodeModel, type ModelProto } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectSameInOnnx } from "../judge.ts";

const input = (name: string, ...dims: number[]) =>
  `layer { name: "in_${name}" type: "Input" top: "${name}" input_param { shape { ${
    dims.map((dim) => `dim: ${dim}`).join(" ")
  } } } }\n`;
const layer = (name: string, type: string, bottoms: string, tops: string, param = "") =>
  `layer { name: "${name}" type: "${type}" ${
    bottoms.split(" ").filter(Boolean).map((each) => `bottom: "${each}"`).join(" ")
  } ${tops.split(" ").filter(Boolean).map((each) => `top: "${each}"`).join(" ")} ${param} }\n`;
const conv = `convolution_param { num_output: 2 kernel_size: 1 weight_filler { type: "xavier" } }`;

/** Which node makes each value, by the values' names. */
async function makers(text: string, options: OnnxExportOptions = {}): Promise<Record<string, string>> {
  const { graph } = await modelOf(text, options);
  return Object.fromEntries(
    (graph!.node ?? []).flatMap(({ output = [], op_type }) => output.map((name) => [name, op_type!])),
  );
}

async function modelOf(text: string, options: OnnxExportOptions = {}): Promise<ModelProto> {
  return decodeModel(await exportOnnx(netFromText(text), { seed: 1, ...options }));
}

const names = (all: readonly { name?: string }[] = []) => all.map(({ name }) => name);

Deno.test("of the values that a blob has, the last one has its name", async () => {
  const net = input("data", 2, 3, 4, 4) + layer("conv", "Convolution", "data", "c", conv) +
    layer("bn", "BatchNorm", "c", "c") + layer("relu", "ReLU", "c", "c") +
    layer("ip", "InnerProduct", "c", "ip", "inner_product_param { num_output: 2 }") +
    layer("tanh", "TanH", "ip", "ip");
  assert.deepEqual(await makers(net, { fold: false }), {
    "conv/Conv": "Conv",
    "bn/BatchNormalization": "BatchNormalization",
    "c": "Relu",
    "ip/Flatten": "Flatten",
    "ip/Gemm": "Gemm",
    "ip": "Tanh",
  });
  await expectSameInOnnx(net);
});

Deno.test("the last node of a layer has the layer's name", async () => {
  const net = input("data", 2, 3, 4, 4) + layer("conv", "Convolution", "data", "c", conv) +
    layer("relu", "ReLU", "c", "c") + layer("bn", "BatchNorm", "c", "bn") +
    layer("ip", "InnerProduct", "bn", "ip", "inner_product_param { num_output: 2 }") +
    layer("relu", "TanH", "ip", "twice");
  const { graph } = await modelOf(net);
  assert.deepEqual(names(graph!.node), ["conv", "c", "bn", "ip/Flatten", "ip", "relu"]);
});

Deno.test("a blob that layers pass on keeps its first name; outputs have their own", async () => {
  const net = input("data", 2, 3) + layer("tanh", "TanH", "data", "a") +
    layer("drop", "Dropout", "a", "b") + layer("split", "Split", "b", "c d") +
    layer("abs", "AbsVal", "c", "abs");
  const made = await makers(net);
  assert.deepEqual(made, { "d": "Tanh", "abs": "Abs" });
  await expectSameInOnnx(net);
  // Several outputs that are one value.
  const several = input("data", 2, 3) + layer("tanh", "TanH", "data", "a") +
    layer("split", "Split", "a", "b c");
  assert.deepEqual(await makers(several), { "b": "Tanh", "c": "Identity" });
  await expectSameInOnnx(several);
});

Deno.test("names of blobs are kept from nodes that would have them too", async () => {
  const net = input("data", 2, 3) + layer("a", "TanH", "data", "x") + layer("b", "ReLU", "x", "x") +
    layer("other", "AbsVal", "x", "a/Tanh");
  assert.deepEqual(await makers(net), { "a/Tanh_1": "Tanh", "x": "Relu", "a/Tanh": "Abs" });
  await expectSameInOnnx(net);
});

Deno.test("layers of one name each have their own parameters", async () => {
  const net = input("data", 2, 3) +
    [0.5, 0.25].map((slope) =>
      layer("same", "ReLU", "data", "data", `relu_param { negative_slope: ${slope} }`)
    ).join("") + layer("tanh", "TanH", "data", "y");
  await expectSameInOnnx(net);
});

Deno.test("an input that a layer works on in place keeps its name; what the layer makes is named after it", async () => {
  const shifted = input("data", 2, 3) + layer("shift", "Power", "data", "data", "power_param { shift: 2 }");
  const { graph } = await modelOf(shifted);
  assert.deepEqual([names(graph!.input), names(graph!.output)], [["data"], ["data_out"]]);
  await expectSameInOnnx(shifted, { outputs: { data_out: "data" } });
  await expectSameInOnnx(shifted + layer("tanh", "TanH", "data", "y"), { outputs: { y: "y" } });
});

Deno.test("an input that no layer reads is left out, unless it is all there is", async () => {
  const labels = input("data", 2, 3) + input("label", 2) + layer("tanh", "TanH", "data", "y") +
    layer("loss", "SoftmaxWithLoss", "y label", "loss");
  const { graph } = await modelOf(labels);
  assert.deepEqual([names(graph!.input), names(graph!.output)], [["data"], ["y"]]);
  const alone = await modelOf(input("data", 2, 3));
  assert.deepEqual([names(alone.graph!.input), names(alone.graph!.output)], [["data"], ["data_out"]]);
  await expectSameInOnnx(input("data", 2, 3), { outputs: { data_out: "data" } });
});

Deno.test("a blob that Silence reads is no output, and silence of what is not there is none", async () => {
  const net = input("data", 2, 4) + input("label", 2) +
    layer("slice", "Slice", "data", "a b") + layer("silence", "Silence", "b", "") +
    layer("accuracy", "Accuracy", "a label", "accuracy") + layer("quiet", "Silence", "accuracy", "");
  const { graph } = await modelOf(net);
  assert.deepEqual(names(graph!.output), ["a"]);
  await expectSameInOnnx(net, { outputs: { a: "a" } });
});

Deno.test("outputs that depend on no input are constants", async () => {
  const net = input("data", 2, 3) + layer("tanh", "TanH", "data", "y") +
    layer("p", "Parameter", "", "p", "parameter_param { shape { dim: 2 dim: 5 } }") +
    layer("dummy", "DummyData", "", "d", "dummy_data_param { shape { dim: 3 } data_filler { value: 7 } }") +
    layer("abs", "AbsVal", "d", "e");
  await expectSameInOnnx(net, {
    outputs: { y: "y", p: "p", e: "e" },
    prepare: (made) => made.layer("p").blobs[0]!.write(Float32Array.from({ length: 10 }, (_, i) => i)),
  });
});

Deno.test("inputs, blobs and outputs have shapes in which N is the batch, or the number that was given", async () => {
  const net = input("data", 2, 3, 4, 4) + layer("conv", "Convolution", "data", "c", conv) +
    layer("ip", "InnerProduct", "c", "ip", "inner_product_param { num_output: 2 }");
  const shapes = async (batch?: number) => {
    const { graph } = await modelOf(net, { batch });
    return [graph!.input, graph!.value_info, graph!.output].map((all) =>
      (all ?? []).map(({ name, type }) => [
        name,
        type!.tensor_type!.shape!.dim!.map(({ dim_param, dim_value }) => dim_param ?? dim_value),
      ])
    );
  };
  assert.deepEqual(await shapes(), [
    [["data", ["N", 3, 4, 4]]],
    [["c", ["N", 2, 4, 4]]],
    [["ip", ["N", 2]]],
  ]);
  assert.deepEqual(await shapes(5), [[["data", [5, 3, 4, 4]]], [["c", [5, 2, 4, 4]]], [["ip", [5, 2]]]]);
});

Deno.test("a net without outputs, and a blob that no layer makes, are errors that say so", async () => {
  await assert.rejects(
    modelOf(input("data", 2, 3) + layer("quiet", "Silence", "data", "")),
    /Expected a net with outputs but found none/,
  );
  const train = layer("data", "Data", "", "data label", `data_param { source: "s" }`) +
    layer("tanh", "TanH", "data", "y");
  await assert.rejects(
    modelOf(train),
    /prototxt:2:1: layer 'tanh': Expected a layer that makes blob 'data' for inference but found that 'data' \(Data\) does.*--input data=/,
  );
});

Deno.test("a graph takes operators that there are", () => {
  const graph = new GraphBuilder("net");
  assert.throws(
    () => graph.node("Softsing" as "Softsign", [graph.input("x", [1])]),
    /Expected an operator of ONNX that Crema knows but found 'Softsing'\. Did you mean 'Softsign'\?/,
  );
});
