import assert from "node:assert/strict";
import { exportOnnx } from "../../../../net/export/export_onnx.ts";
import { decodeModel } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectSameInOnnx } from "../judge.ts";

const MODULE = new URL("fixtures/script_layers.ts", import.meta.url).href;

function net(layer: string, param = "", more = ""): string {
  return `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "mine" type: "Script" bottom: "x" top: "y"
      script_param { module: "${MODULE}" layer: "${layer}" ${param} } } ${more}`;
}

Deno.test("a script layer's static onnx makes its nodes, with param_str, parameters and any batch", async () => {
  await expectSameInOnnx(net("TimesLayer"));
  await expectSameInOnnx(net("TimesLayer", `param_str: '{"factor": -3}'`), {
    prepare: (made) => made.layer("mine").blobs[0]!.write(Float32Array.of(7)),
  });
  await expectSameInOnnx(net("SameTimesLayer"));
});

Deno.test("a script layer without a static onnx of its forward is an error with layer, module and signature", async () => {
  for (const name of ["PlainLayer", "SquareLayer"]) {
    await assert.rejects(exportOnnx(netFromText(net(name))), (error: Error) => {
      const text = String(error);
      assert.match(text, /layer 'mine'/);
      assert.match(text, new RegExp(`class ${name} of module '.*script_layers.ts'`));
      assert.match(
        text,
        /static onnx\(graph: GraphBuilder, layer: OnnxLayer<Params>\): OnnxValue\[\]/,
      );
      return true;
    });
  }
});

Deno.test("what a static onnx throws, and a missing top, are errors that name the layer", async () => {
  await assert.rejects(
    exportOnnx(netFromText(net("ThrowingLayer"))),
    /layer 'mine': onnx of ThrowingLayer threw: Expected an even number but found 3/,
  );
  await assert.rejects(
    exportOnnx(netFromText(net("NothingLayer"))),
    /layer 'mine': Expected onnx of NothingLayer to return 1 value, its tops, but found 0/,
  );
});

Deno.test("a length that only forward knows has a name, in the tops after it too", async () => {
  const model = decodeModel(
    await expectSameInOnnx(net(
      "PositiveLayer",
      "",
      `layer { name: "twice" type: "InnerProduct" bottom: "y" top: "z" inner_product_param { num_output: 2
        weight_filler { type: "xavier" } } }`,
    )),
  );
  const dims = model.graph?.output?.[0]?.type?.tensor_type?.shape?.dim?.map((dim) =>
    dim.dim_param ?? dim.dim_value
  );
  assert.deepEqual(dims?.map(String), ["mine_count", "2"]);
});
