import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { decodeModel, encodeModel, importModel } from "../../../../onnx/mod.ts";
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from "../../../../onnx/messages.ts";

const info = (name: string, dims: (number | string)[]): ValueInfoProto => ({
  name,
  type: {
    tensor_type: {
      elem_type: 1,
      shape: { dim: dims.map((dim) => typeof dim === "number" ? { dim_value: dim } : { dim_param: dim }) },
    },
  },
});

const ints = (name: string, values: number[]) => ({
  name,
  dims: [values.length],
  data_type: 7,
  int64_data: values,
});

function model(graph: Partial<GraphProto>, version = 13): ModelProto {
  return {
    ir_version: 8,
    opset_import: [{ version }],
    graph: { input: [info("x", [1, 4])], output: [info("y", [1, 4])], ...graph },
  };
}

const relu: NodeProto = { op_type: "Relu", input: ["x"], output: ["y"] };

Deno.test("models that contradict themselves are refused with the reason", () => {
  const refused: [ModelProto, RegExp][] = [
    [model({ node: [relu] }, 5), /opset 6 to 17 but found 5/],
    [model({ node: [relu] }, 18), /opset 6 to 17 but found 18.*opset_version=17/],
    [
      { ...model({ node: [relu] }), opset_import: [{ domain: "com.microsoft", version: 1 }] },
      /but found none/,
    ],
    [model({ node: [relu], output: [] }), /a graph with outputs/],
    [model({ node: [] }), /a node that makes 'y', which the graph's outputs needs/],
    [model({ node: [relu, relu] }), /a name for each value but found 'y' for two/],
    [model({ node: [relu], input: [info("x", [1]), info("x", [1])] }), /Expected each input .* found 'x'/],
    [model({ node: [relu], initializer: [ints("w", [1]), ints("w", [1])] }), /each initializer .* found 'w'/],
    [model({ node: [relu], sparse_initializer: [{}] }), /dense initializers/],
    [
      model({
        node: [{ op_type: "Add", input: ["x", "b"], output: ["a"] }, {
          op_type: "Relu",
          input: ["a"],
          output: ["b"],
        }, {
          op_type: "Relu",
          input: ["b"],
          output: ["y"],
        }],
      }),
      /a circle/,
    ],
    [
      model({ node: [relu], input: [info("x", ["N", "height"])] }),
      /axis 1 of input 'x' but found 'height'.*--input x=1,224/,
    ],
    [model({ node: [relu], input: [{ name: "x" }] }), /shape of input 'x' but found none/],
    [model({ node: [relu], input: [info("x", [2 ** 40])] }), /at most 2147483647 values/],
    [model({ node: [{ ...relu, op_type: "Sin" }] }), /y \(Sin\): .*\n.*crema new layer Sin/s],
    [model({ node: [{ ...relu, domain: "com.microsoft" }] }), /com\.microsoft\.Relu/],
    [
      model({
        node: [{ op_type: "Reshape", input: ["x", "s"], output: ["y"] }],
        initializer: [ints("s", [3, 3])],
      }),
      /a shape of 4 values but found \(3, 3\)/,
    ],
    [
      model({
        node: [{ op_type: "ConstantOfShape", input: ["s"], output: ["c"] }, {
          op_type: "Add",
          input: ["x", "c"],
          output: ["y"],
        }],
        initializer: [ints("s", [2 ** 40])],
      }),
      /at most 67108864 values/,
    ],
    [
      model({
        node: [{ op_type: "Tile", input: ["x", "r"], output: ["y"] }],
        initializer: [ints("r", [1, 2 ** 40])],
      }),
      /at most 2147483647 values/,
    ],
    [
      model({
        node: [{ op_type: "Concat", input: ["x", "w"], output: ["y"] }],
        initializer: [ints("w", [1, 2])],
      }),
      /inputs that fit/,
    ],
    [
      model({
        node: [{
          op_type: "Softmax",
          input: ["x"],
          output: ["y"],
          attribute: [{ name: "axis", type: 1, f: 1 }],
        }],
      }),
      /another type of attribute 'axis'/,
    ],
    [
      model({
        node: [{ op_type: "Relu", input: ["w"], output: ["y"] }],
        initializer: [{ ...ints("w", [1]), dims: [2] }],
      }),
      /Expected 2 values in tensor 'w'/,
    ],
  ];
  for (const [each, reason] of refused) {
    assert.throws(() => importModel(each), (error) => {
      assert.ok(error instanceof CremaError, `${error}`);
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("a file that is cut short anywhere is refused, or means less", () => {
  const bytes = encodeModel(model({ node: [relu] }));
  for (let length = 0; length < bytes.length; length++) {
    try {
      importModel(decodeModel(bytes.subarray(0, length)));
      assert.fail(`${length} of ${bytes.length} bytes were taken`);
    } catch (error) {
      assert.ok(error instanceof CremaError, `${length}: ${error}`);
    }
  }
});

Deno.test("a node that is out of order is imported behind those that it needs", () => {
  const first: NodeProto = { op_type: "Sigmoid", input: ["x"], output: ["a"] };
  const { net } = importModel(model({ node: [{ ...relu, input: ["a"] }, first] }));
  assert.deepEqual(net.layer?.map(({ type }) => type), ["Input", "Sigmoid", "ReLU"]);
});

Deno.test("chains of any length are read", () => {
  const node = Array.from({ length: 20_000 }, (_, i): NodeProto => ({
    op_type: "Identity",
    input: [i === 0 ? "x" : `v${i}`],
    output: [i === 19_999 ? "y" : `v${i + 1}`],
  }));
  const { net } = importModel(model({ node }));
  assert.deepEqual(net.layer?.map(({ type }) => type), ["Input", "Power"]);
});
