import assert from "node:assert/strict";
import ort from "onnxruntime-node";
import type { Blob } from "../../../../../ffi/blob.ts";
import { DetectionOutputLayer, GroupNormLayer, PriorBoxLayer } from "../../../../../layers/mod.ts";
import type { LayerExample } from "../../../../../layers/layer_example.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../../../../../onnx/mod.ts";
import { checkLayer } from "../../../../../script/check/check_layer.ts";

/** y = x². */
class SquareLayer {
  static bottoms = 1;
  static tops = 1;
  static examples = [{ bottoms: [[2, 3]] }];

  reshape([x]: [Blob], [y]: [Blob]): void {
    y.reshapeLike(x);
  }

  forward([x]: [Blob], [y]: [Blob]): void {
    y.data.set(x.data.map((value) => value * value));
  }
}

class RightLayer extends SquareLayer {
  static onnx(graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): OnnxValue[] {
    return [graph.node("Mul", [x, x])];
  }

  override forward(bottoms: [Blob], tops: [Blob]): void {
    super.forward(bottoms, tops);
  }
}

class CubeLayer extends RightLayer {
  override forward(bottoms: [Blob], tops: [Blob]): void {
    super.forward(bottoms, tops);
  }

  static override onnx(graph: GraphBuilder, { bottoms: [x] }: OnnxLayer): OnnxValue[] {
    return [graph.node("Mul", [x, graph.node("Mul", [x, x])])];
  }
}

/** Takes any batch for that of the example. */
class BakedLayer extends RightLayer {
  override forward(bottoms: [Blob], tops: [Blob]): void {
    super.forward(bottoms, tops);
  }

  static override onnx(graph: GraphBuilder, layer: OnnxLayer): OnnxValue[] {
    return [graph.node("Reshape", [super.onnx(graph, layer)[0], graph.ints([2, 3])])];
  }
}

class BrokenLayer extends RightLayer {
  override forward(bottoms: [Blob], tops: [Blob]): void {
    super.forward(bottoms, tops);
  }

  static override onnx(): OnnxValue[] {
    throw new RangeError("Expected a number but found none");
  }
}

async function findingsOf(layer: unknown, example = 0): Promise<string[]> {
  const { examples = [] } = layer as { examples?: readonly LayerExample[] };
  const { findings } = await checkLayer(layer as typeof RightLayer, {
    examples: examples.slice(example, example + 1),
    phases: ["TEST"],
    onnxRuntime: ort,
  });
  return findings.filter(({ rule }) => rule === "onnx").map(({ message }) => message);
}

Deno.test("static onnx that makes what forward computes passes the check", async () => {
  for (const layer of [RightLayer, GroupNormLayer, DetectionOutputLayer, PriorBoxLayer]) {
    assert.deepEqual(await findingsOf(layer), [], layer.name);
  }
});

Deno.test("static onnx that makes something else, only one batch, or nothing is a finding", async () => {
  const [cube, ...others] = await findingsOf(CubeLayer);
  assert.match(cube!, /^top 0 of its static onnx at \[\d, \d\]: expected .* but found/);
  assert.deepEqual(others, []);
  assert.match((await findingsOf(BakedLayer)).join(), /[Rr]eshape/);
  assert.match(
    (await findingsOf(BrokenLayer)).join(),
    /^onnx of BrokenLayer threw: Expected a number but found none/,
  );
});

Deno.test("a class without static onnx is not compared, and one with it says when there is no onnxruntime", async () => {
  const skippedOf = async (layer: typeof SquareLayer, onnxRuntime?: null) =>
    (await checkLayer(layer, { phases: ["TEST"], onnxRuntime })).skipped;
  assert.deepEqual(await skippedOf(SquareLayer, null), []);
  assert.deepEqual(await skippedOf(RightLayer), []);
  assert.deepEqual(await skippedOf(RightLayer, null), [
    "its static onnx, because this project has no onnxruntime-node (npm install onnxruntime-node)",
  ]);
});
