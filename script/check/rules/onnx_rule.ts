import {
  encodeModel,
  GraphBuilder,
  type OnnxDim,
  type OnnxTensor,
  type ShapedValue,
} from "../../../onnx/mod.ts";
import { hasOnnx, scriptLayerOnnx } from "../../layer/script_layer_onnx.ts";
import { type Bench, benchNet } from "../bench.ts";
import { type CheckNet, planNet } from "../check_net.ts";
import { inputsOf } from "../examples/inputs.ts";
import { failureOf } from "../failure.ts";
import type { OnnxRuntime } from "../onnx_runtime.ts";
import { compare } from "./compare.ts";

/**
 * Runs what the class's `static onnx` makes in onnxruntime, and compares it with forward, at the example's batch and at twice
 * that, if the layer takes it.
 */
export async function checkOnnx(bench: Bench, runtime: OnnxRuntime | null): Promise<void> {
  if (bench.phase !== "TEST" || !hasOnnx(bench.layerClass)) return;
  if (runtime === null) {
    return bench.skip(
      "its static onnx, because this project has no onnxruntime-node (npm install onnxruntime-node)",
    );
  }
  using net = benchNet(bench);
  net.run();
  const batches = await twiceAsLarge(bench);
  using larger = batches?.net;
  const nets = batches === undefined ? [net] : [net, batches.net];
  let model: Uint8Array;
  try {
    model = modelOf(net, larger ?? net);
  } catch (error) {
    return bench.tell("onnx", failureOf(error));
  }
  try {
    const session = await runtime.InferenceSession.create(model);
    for (const [i, each] of nets.entries()) {
      const feeds: Record<string, object> = {};
      for (const [k, { shape, values }] of each.inputs.entries()) {
        const name = `bottom${k}`;
        if (session.inputNames.includes(name)) feeds[name] = new runtime.Tensor("float32", values, shape);
      }
      const results = await session.run(feeds);
      const when = `of its static onnx${i === 0 ? "" : ", at a larger batch,"}`;
      for (const [k, top] of each.layer.tops.entries()) {
        const { data, dims } = results[`top${k}`]!;
        const found = Float32Array.from(data as ArrayLike<number>),
          details = { what: `top ${k} ${when}`, key: {} };
        if (dims.join() !== top.shape.join()) {
          bench.tell("onnx", {
            ...details,
            what: `${details.what} is (${dims.join(", ")}) instead of (${top.shape.join(", ")})`,
          });
          return;
        }
        if (!compare(bench.tell, "onnx", details, top, top.data.slice(), found, 1e-3)) return;
      }
    }
    await session.release();
  } catch (error) {
    bench.tell("onnx", failureOf(error));
  }
}

/** The layer at twice the example's batch, unless it takes no other or finds another number of things. */
async function twiceAsLarge(bench: Bench): Promise<{ net: CheckNet } | undefined> {
  if (bench.layerClass.countedAxis !== undefined) return undefined;
  try {
    const net = benchNet(bench, await planNet(bench, { batches: 2 }));
    net.inputs = inputsOf(bench.example, { batches: 2 });
    net.run();
    return { net };
  } catch {
    return undefined; // another rule's matter
  }
}

/** A model of the layer alone, with names for lengths that the two nets do not share. */
function modelOf(net: CheckNet, larger: CheckNet): Uint8Array {
  const graph = new GraphBuilder("layer"), { layer } = net, { object } = layer;
  const axis = (object.constructor as { countedAxis?: number | undefined }).countedAxis;
  const dims = (shapes: readonly (readonly number[])[], others: readonly (readonly number[])[]) =>
    shapes.map((shape, k) =>
      shape.map((length, i): OnnxDim => {
        const other = others[k]![i]!;
        return other === length ? length : other === 2 * length ? `${length}N` : `top${k}_${i}`;
      })
    );
  const bottoms = dims(net.inputs.map(({ shape }) => shape), larger.inputs.map(({ shape }) => shape));
  const tops = dims(
    layer.tops.map(({ shape }) => [...shape]),
    larger.layer.tops.map(({ shape }) => [...shape]),
  );
  if (axis !== undefined) { for (const top of tops) top[axis] = "count"; }
  const values = bottoms.map((shape, k) => graph.input(`bottom${k}`, shape) as ShapedValue);
  const made = scriptLayerOnnx(graph, object, {
    name: object.name ?? "layer",
    type: object.type ?? "Script",
    param: object.layerParam ?? {},
    bottoms: values,
    tops,
    blobs: Array.from(layer.blobs, ({ shape, data }): OnnxTensor => ({
      shape,
      data: Float32Array.from(data),
      type: "float32",
    })),
  });
  for (const [k, shape] of tops.entries()) graph.output(made[k]!, `top${k}`, shape);
  return encodeModel({
    ir_version: graph.opset > 14 ? 8 : 7,
    producer_name: "crema",
    graph: graph.graph(),
    opset_import: [{ domain: "", version: graph.opset }],
  });
}
