import assert from "node:assert/strict";
import ort from "onnxruntime-node";
import { NODE_IMPORTERS } from "../../../../onnx/import/node_importers.ts";
import { type AttributeProto, AttributeType, type ModelProto } from "../../../../onnx/messages.ts";
import { encodeModel, floatTensor, intTensor, type OnnxTensor, tensorProto } from "../../../../onnx/mod.ts";
import { expectNear, gaussian } from "../judge.ts";
import { runImported } from "./run_imported.ts";

/** A node to import and to run with onnxruntime. */
interface Case {
  /** Its operator. */
  op: string;
  /** Its inputs: shapes of what is fed, constants, or nothing. */
  inputs: (readonly number[] | OnnxTensor | undefined)[];
  /** Its attributes; whole numbers that are floats are given as { f }. */
  attributes?: Record<string, number | readonly number[] | string | readonly string[] | { f: number }>;
  /** The number of outputs; default 1. */
  outputs?: number;
  /** The version of the operators; default 13. */
  opset?: number;
  /** Feeds numbers above 0. */
  positive?: boolean;
  /** Feeds row numbers below this. */
  rows?: number;
}

const weights = (...shape: number[]): OnnxTensor =>
  floatTensor(gaussian(shape.length + shape[0]!)("", shape), shape);
const above = (...shape: number[]): OnnxTensor =>
  floatTensor(gaussian(3)("", shape).map((value) => 0.5 + Math.abs(value)), shape);
const float = (value: number): OnnxTensor => floatTensor([value], []);
const image = [2, 3, 7, 6] as const;

const same = (...ops: string[]): Case[] => ops.map((op) => ({ op, inputs: [image] }));

const CASES: readonly Case[] = [
  ...same(
    "Abs",
    "Exp",
    "HardSigmoid",
    "LeakyRelu",
    "Neg",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Tanh",
  ),
  ...same("Celu", "Elu", "Identity", "GlobalAveragePool", "GlobalMaxPool", "ThresholdedRelu"),
  { op: "HardSwish", inputs: [image], opset: 14 },
  { op: "Celu", inputs: [image], attributes: { alpha: { f: 0.7 } } },
  { op: "Elu", inputs: [image], attributes: { alpha: { f: 1.5 } } },
  { op: "HardSigmoid", inputs: [image], attributes: { alpha: { f: 1 / 6 }, beta: { f: 0.4 } } },
  { op: "LeakyRelu", inputs: [image], attributes: { alpha: { f: 0.3 } } },
  { op: "Selu", inputs: [[4, 5]], attributes: { alpha: { f: 1.5 }, gamma: { f: 2 } } },
  ...["Log", "Reciprocal", "Sqrt", "ReduceLogSum"].map((op): Case => ({
    op,
    inputs: [image],
    positive: true,
  })),
  { op: "Clip", inputs: [image, float(-0.5), float(6)] },
  { op: "Clip", inputs: [image, undefined, float(0.25)] },
  { op: "Clip", inputs: [image], attributes: { min: { f: 0 }, max: { f: 6 } }, opset: 9 },
  { op: "PRelu", inputs: [image, weights(3, 1, 1)] },
  { op: "PRelu", inputs: [image, weights(1)] },
  { op: "PRelu", inputs: [image, weights(6)] },
  {
    op: "Conv",
    inputs: [image, weights(4, 3, 3, 2), weights(4)],
    attributes: { pads: [1, 0, 1, 0], strides: [2, 1] },
  },
  {
    op: "Conv",
    inputs: [image, weights(6, 1, 3, 3)],
    attributes: { pads: [0, 1, 2, 1], group: 3, dilations: [2, 1] },
  },
  {
    op: "Conv",
    inputs: [image, weights(2, 3, 3, 3)],
    attributes: { auto_pad: "SAME_LOWER", strides: [2, 3] },
  },
  { op: "Conv", inputs: [[2, 3, 9], weights(2, 3, 3)], attributes: { pads: [1, 2], strides: [2] } },
  { op: "Conv", inputs: [[1, 2, 4, 5, 4], weights(2, 2, 2, 3, 2)], attributes: { pads: [1, 1, 1, 1, 1, 1] } },
  {
    op: "ConvTranspose",
    inputs: [image, weights(3, 2, 3, 3), weights(2)],
    attributes: { strides: [2, 3], pads: [1, 0, 0, 1] },
  },
  {
    op: "ConvTranspose",
    inputs: [image, weights(3, 2, 3, 2)],
    attributes: { strides: [2, 2], output_padding: [1, 1], pads: [1, 0, 1, 0] },
  },
  {
    op: "ConvTranspose",
    inputs: [image, weights(3, 1, 2, 2)],
    attributes: { group: 3, strides: [3, 3], output_padding: [2, 1], dilations: [2, 1] },
  },
  {
    op: "ConvTranspose",
    inputs: [[2, 3, 5], weights(3, 2, 3)],
    attributes: { strides: [2], output_padding: [1], pads: [1, 0] },
  },
  {
    op: "ConvTranspose",
    inputs: [image, weights(3, 2, 3, 3)],
    attributes: { strides: [2, 2], output_shape: [15, 11] },
  },
  {
    op: "MaxPool",
    inputs: [image],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] },
  },
  { op: "MaxPool", inputs: [image], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } },
  {
    op: "MaxPool",
    inputs: [[2, 3, 9]],
    attributes: { kernel_shape: [3], strides: [2], pads: [1, 1], ceil_mode: 1 },
  },
  {
    op: "MaxPool",
    inputs: [[1, 2, 5, 6, 5]],
    attributes: { kernel_shape: [2, 3, 2], strides: [1, 2, 2], pads: [0, 1, 0, 1, 1, 1] },
  },
  {
    op: "AveragePool",
    inputs: [image],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 1] },
  },
  {
    op: "AveragePool",
    inputs: [image],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  {
    op: "AveragePool",
    inputs: [image],
    attributes: { kernel_shape: [2, 3], auto_pad: "SAME_UPPER", strides: [2, 2] },
  },
  { op: "AveragePool", inputs: [image], attributes: { kernel_shape: [4, 4], strides: [3, 3], ceil_mode: 1 } },
  {
    op: "AveragePool",
    inputs: [[1, 2, 5, 6, 5]],
    attributes: { kernel_shape: [2, 3, 2], pads: [1, 1, 0, 0, 1, 1] },
  },
  { op: "GlobalAveragePool", inputs: [[2, 3, 5]] },
  {
    op: "Gemm",
    inputs: [[2, 4], weights(5, 4), weights(5)],
    attributes: { transB: 1, alpha: { f: 0.5 }, beta: { f: 2 } },
  },
  { op: "Gemm", inputs: [[4, 2], weights(4, 5), weights(1)], attributes: { transA: 1 } },
  { op: "Gemm", inputs: [weights(3, 4), [4, 5], [3, 1]] },
  { op: "MatMul", inputs: [[2, 3, 4], weights(4, 5)] },
  { op: "MatMul", inputs: [[3, 4], weights(4)] },
  { op: "MatMul", inputs: [weights(3, 4), [2, 4, 5]] },
  {
    op: "BatchNormalization",
    inputs: [image, above(3), weights(3), weights(3), above(3)],
    attributes: { epsilon: { f: 0.01 } },
  },
  { op: "BatchNormalization", inputs: [[2, 3], above(3), weights(3), weights(3), above(3)] },
  { op: "InstanceNormalization", inputs: [image, above(3), weights(3)], attributes: { epsilon: { f: 0.1 } } },
  {
    op: "LRN",
    inputs: [[1, 6, 3, 3]],
    attributes: { size: 3, alpha: { f: 0.3 }, beta: { f: 0.6 }, bias: { f: 2 } },
  },
  {
    op: "LayerNormalization",
    inputs: [[2, 3, 4], above(3, 4), weights(3, 4)],
    attributes: { axis: 1 },
    opset: 17,
  },
  { op: "LpNormalization", inputs: [image], attributes: { axis: 1 } },
  ...["Add", "Sub", "Mul", "Div"].flatMap((op): Case[] => [
    { op, inputs: [image, image], positive: true },
    { op, inputs: [image, float(2.5)] },
    { op, inputs: [float(2.5), image], positive: true },
    { op, inputs: [image, above(3, 1, 1)] },
    { op, inputs: [above(6), image], positive: true },
    { op, inputs: [image, [2, 3, 1, 1]], positive: true },
    { op, inputs: [[2, 1, 4], [3, 1]], positive: true },
    { op, inputs: [[2, 1], above(2, 5)] },
  ]),
  { op: "Add", inputs: [[1, 3, 2, 2], [1, 3, 1, 1]] },
  ...["Max", "Min"].flatMap((op): Case[] => [
    { op, inputs: [image, image] },
    { op, inputs: [image, float(0)] },
    { op, inputs: [[2, 1, 4], [3, 1], [1, 4]] },
  ]),
  ...["Greater", "Less"].flatMap((op): Case[] => [
    { op, inputs: [image, float(0.5)] },
    { op, inputs: [float(-0.25), image] },
  ]),
  { op: "Mean", inputs: [image, image, image] },
  { op: "Sum", inputs: [image, image, image] },
  { op: "Sum", inputs: [[2, 3], [3], [1, 3]] },
  { op: "Pow", inputs: [image, float(3)] },
  { op: "Pow", inputs: [float(2), image] },
  { op: "Softmax", inputs: [image] },
  { op: "Softmax", inputs: [image], attributes: { axis: 1 } },
  { op: "Softmax", inputs: [image], opset: 11 },
  { op: "Softmax", inputs: [image], attributes: { axis: 2 }, opset: 11 },
  { op: "LogSoftmax", inputs: [[3, 5]], attributes: { axis: 1 } },
  { op: "Cast", inputs: [image], attributes: { to: 1 } },
  { op: "DepthToSpace", inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: "DCR" } },
  { op: "DepthToSpace", inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: "CRD" } },
  { op: "SpaceToDepth", inputs: [[1, 2, 4, 6]], attributes: { blocksize: 2 } },
  { op: "Dropout", inputs: [image], attributes: { ratio: { f: 0.3 } }, opset: 11 },
  { op: "Dropout", inputs: [image, float(0.3)] },
  { op: "Expand", inputs: [[2, 1, 3], intTensor([4, 1, 5, 1])] },
  { op: "Tile", inputs: [[2, 3], intTensor([3, 2])] },
  ...[0, 1, 2, -1, 4].map((axis): Case => ({ op: "Flatten", inputs: [image], attributes: { axis } })),
  { op: "Reshape", inputs: [image, intTensor([0, -1, 3])] },
  { op: "Reshape", inputs: [image, intTensor([-1, 21])] },
  { op: "Shape", inputs: [image] },
  { op: "Size", inputs: [image] },
  { op: "Squeeze", inputs: [[2, 1, 3, 1], intTensor([1, -1])] },
  { op: "Squeeze", inputs: [[1, 3, 1]], opset: 11 },
  { op: "Unsqueeze", inputs: [[2, 3], intTensor([0, -1])] },
  { op: "Unsqueeze", inputs: [[2, 3]], attributes: { axes: [1] }, opset: 11 },
  { op: "Transpose", inputs: [image], attributes: { perm: [0, 2, 3, 1] } },
  { op: "Transpose", inputs: [[2, 3, 4]] },
  { op: "Concat", inputs: [[2, 3], weights(2, 2), [2, 1]], attributes: { axis: -1 } },
  { op: "Split", inputs: [image, intTensor([1, 4, 2])], attributes: { axis: 2 }, outputs: 3 },
  { op: "Split", inputs: [image], attributes: { axis: -1 }, outputs: 2, opset: 11 },
  { op: "Slice", inputs: [image, intTensor([1, -3]), intTensor([2, 100]), intTensor([1, 3])] },
  {
    op: "Slice",
    inputs: [image, intTensor([-1, 1]), intTensor([-100, 6]), intTensor([2, 3]), intTensor([-2, 3])],
  },
  { op: "Slice", inputs: [image], attributes: { starts: [1], ends: [3], axes: [1] }, opset: 9 },
  { op: "Gather", inputs: [image, intTensor([2, 0, -1, 1], [2, 2])], attributes: { axis: 1 } },
  { op: "Gather", inputs: [image, intTensor([-2], [])], attributes: { axis: 2 } },
  { op: "Gather", inputs: [weights(5, 3), [2, 4]], rows: 5 },
  { op: "Pad", inputs: [image, intTensor([0, 0, 1, 0, 0, 0, 2, 3])] },
  { op: "Pad", inputs: [image, intTensor([0, 1, 0, -1, 0, 0, 1, 0]), float(0.5)] },
  { op: "Pad", inputs: [image, intTensor([0, 0, 2, 1, 0, 0, 1, 3])], attributes: { mode: "reflect" } },
  { op: "Pad", inputs: [image], attributes: { mode: "edge", pads: [0, 0, 2, 0, 0, 0, 1, 8] }, opset: 10 },
  { op: "ArgMax", inputs: [image], attributes: { axis: 1 } },
  { op: "ArgMax", inputs: [[4, 5]], attributes: { axis: -1, keepdims: 0, select_last_index: 1 } },
  { op: "ArgMin", inputs: [image], attributes: { axis: 2 } },
  ...["ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSumSquare"].flatMap((
    op,
  ): Case[] => [
    { op, inputs: [image] },
    { op, inputs: [image], attributes: { axes: [1], keepdims: 0 } },
    { op, inputs: [image], attributes: { axes: [-2, -1] } },
    { op, inputs: [image], attributes: { axes: [0, 2], keepdims: 1 } },
  ]),
  { op: "ReduceSum", inputs: [image, intTensor([1, 3])], attributes: { keepdims: 0 } },
  { op: "ReduceSum", inputs: [image], attributes: { axes: [2] }, opset: 11 },
  {
    op: "Resize",
    inputs: [image, undefined, floatTensor([1, 1, 2, 3], [4])],
    attributes: { mode: "nearest" },
  },
  ...["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"].flatMap((way): Case[] => [
    {
      op: "Resize",
      inputs: [image, undefined, undefined, intTensor([2, 3, 5, 13])],
      attributes: { mode: "linear", coordinate_transformation_mode: way },
    },
    {
      op: "Resize",
      inputs: [image, undefined, undefined, intTensor([2, 3, 5, 13])],
      attributes: { mode: "nearest", coordinate_transformation_mode: way, nearest_mode: "floor" },
    },
  ]),
  {
    op: "Upsample",
    inputs: [image, floatTensor([1, 1, 2, 2], [4])],
    attributes: { mode: "nearest" },
    opset: 9,
  },
  {
    op: "Upsample",
    inputs: [image, floatTensor([1, 1, 2, 2], [4])],
    attributes: { mode: "linear" },
    opset: 9,
  },
  {
    op: "LSTM",
    inputs: [[4, 2, 3], weights(1, 20, 3), weights(1, 20, 5), weights(1, 40)],
    attributes: { hidden_size: 5 },
    outputs: 3,
  },
  {
    op: "LSTM",
    inputs: [[4, 2, 3], weights(2, 8, 3), weights(2, 8, 2), undefined, undefined, [2, 2, 2], [2, 2, 2]],
    attributes: { hidden_size: 2, direction: "bidirectional" },
    outputs: 3,
  },
  {
    op: "LSTM",
    inputs: [[1, 2, 3], weights(1, 8, 3), weights(1, 8, 2)],
    attributes: { hidden_size: 2, direction: "reverse" },
  },
  {
    op: "RNN",
    inputs: [[4, 2, 3], weights(1, 5, 3), weights(1, 5, 5), weights(1, 10)],
    attributes: { hidden_size: 5 },
    outputs: 2,
  },
  {
    op: "RNN",
    inputs: [[3, 2, 3], weights(2, 2, 3), weights(2, 2, 2), undefined, undefined, [2, 2, 2]],
    attributes: { hidden_size: 2, direction: "bidirectional", activations: ["Relu", "Relu"] },
    outputs: 2,
  },
];

function attribute(name: string, value: NonNullable<Case["attributes"]>[string]): AttributeProto {
  const bytes = (text: string) => new TextEncoder().encode(text);
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: bytes(value) };
  if ("f" in value) return { name, type: AttributeType.FLOAT, f: value.f };
  if (typeof value[0] === "string") {
    return { name, type: AttributeType.STRINGS, strings: (value as readonly string[]).map(bytes) };
  }
  return { name, type: AttributeType.INTS, ints: [...value as readonly number[]] };
}

const isShape = (input: Case["inputs"][number]): input is readonly number[] => Array.isArray(input);

/** ONNX's numbers of the types of outputs that are no floats. */
const OUTPUT_TYPES: Readonly<Record<string, number>> = {
  ArgMax: 7,
  ArgMin: 7,
  Greater: 9,
  Less: 9,
  Shape: 7,
  Size: 7,
};

function modelOf({ op, inputs, attributes = {}, outputs = 1, opset = 13, rows }: Case): ModelProto {
  const names = inputs.map((input, i) => input === undefined ? "" : `x${i}`);
  return {
    ir_version: 8,
    opset_import: [{ domain: "", version: opset }],
    graph: {
      name: "case",
      node: [{
        op_type: op,
        input: names,
        output: Array.from({ length: outputs }, (_, i) => `y${i}`),
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }],
      initializer: inputs.flatMap((input, i) =>
        input === undefined || isShape(input) ? [] : [tensorProto(input, names[i]!)]
      ),
      input: inputs.flatMap((input, i) =>
        isShape(input)
          ? [{
            name: names[i]!,
            type: {
              tensor_type: {
                elem_type: rows === undefined ? 1 : 7,
                shape: { dim: input.map((dim_value) => ({ dim_value })) },
              },
            },
          }]
          : []
      ),
      output: Array.from({ length: outputs }, (_, i) => ({
        name: `y${i}`,
        type: { tensor_type: { elem_type: OUTPUT_TYPES[op] ?? 1 } },
      })),
    },
  };
}

function feedsOf({ inputs, positive, rows }: Case): Map<string, OnnxTensor> {
  return new Map(inputs.flatMap((input, i) => {
    if (!isShape(input)) return [];
    const values = gaussian(i + 1)("", input);
    const data = positive ? values.map((value) => 0.5 + Math.abs(value)) : values;
    const tensor = rows === undefined
      ? floatTensor(data, input)
      : intTensor(Array.from(data, (_, k) => k * 7 % rows), input);
    return [[`x${i}`, tensor] as const];
  }));
}

const byOperator = Map.groupBy(CASES, ({ op }) => op);

for (const [op, cases] of byOperator) {
  Deno.test(`imported nodes compute what onnxruntime computes: ${op}`, async () => {
    for (const each of cases) {
      const model = modelOf(each), feeds = feedsOf(each);
      const what = `${op} ${
        JSON.stringify([each.inputs.map((input) => isShape(input) ? input : input?.shape), each.attributes])
      }`;
      const session = await ort.InferenceSession.create(encodeModel(model));
      const expected = await session.run(
        Object.fromEntries([...feeds].map(([name, { data, shape, type }]) => [
          name,
          new ort.Tensor(type as "float32", data as Float32Array, shape),
        ])),
      );
      await session.release();
      const { outputs } = await runImported(model, feeds);
      for (const [name, { shape, data }] of outputs) {
        assert.deepEqual([...shape], [...expected[name]!.dims], what);
        expectNear(data, Array.from(expected[name]!.data as Float32Array, Number), 1e-5, what);
      }
    }
  });
}

Deno.test("each operator that is imported has cases here", () => {
  const missing = Object.keys(NODE_IMPORTERS).filter((op) => !byOperator.has(op));
  assert.deepEqual(missing, []);
});
