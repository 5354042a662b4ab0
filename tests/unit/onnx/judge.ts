import assert from "node:assert/strict";
import ort from "onnxruntime-node";
import { exportOnnx, type OnnxExportOptions } from "../../../net/export/export_onnx.ts";
import { Net } from "../../../net/net.ts";
import { graphOutputs, outputName } from "../../../net/export/graph_outputs.ts";
import { withoutTraining } from "../../../net/export/inference_layers.ts";
import { filterNet, netFromText } from "../../../proto/mod.ts";

/** What to compare. */
export interface JudgeOptions extends OnnxExportOptions {
  /** The batches to run. Default: 1 and 3. */
  batches?: readonly number[];
  /** The values of an input of a shape; default: gaussian. */
  values?: (name: string, shape: readonly number[]) => ArrayLike<number>;
  /** How far values may be apart, as a part of their root mean square. Default: 1e-4. */
  tolerance?: number;
  /** Inputs that have the same shape at each batch. */
  keep?: readonly string[];
  /** The blobs that the model gives, by its names for them, where these are to be others than the code says. */
  outputs?: Readonly<Record<string, string>>;
  /** Brings a net's parameters to the values that the test wants, before it is exported. */
  prepare?: (net: Net) => void;
}

/** Expects onnxruntime to compute from a net's export what the net computes, for each batch. Returns the model. */
export async function expectSameInOnnx(text: string, options: JudgeOptions = {}): Promise<Uint8Array> {
  const {
    batches = [1, 3],
    values = gaussian(),
    tolerance = 1e-4,
    keep = [],
    prepare,
    outputs: given,
    ...exportOptions
  } = options;
  const inference = withoutTraining(filterNet(netFromText(text), { phase: "TEST" }));
  using net = await Net.create(inference, { seed: 7, engine: "embedded" });
  prepare?.(net);
  const weights = net.handle.save(false);
  const model = await exportOnnx(netFromText(text), { seed: 7, weights, ...exportOptions });
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const blobOf = given ?? Object.fromEntries(graphOutputs(net).map((name) => [outputName(net, name), name]));
  assert.deepEqual([...session.outputNames].sort(), Object.keys(blobOf).sort());
  for (const batch of exportOptions.batch === undefined ? batches : [exportOptions.batch]) {
    const feeds: Record<string, ort.Tensor> = {};
    for (const name of net.inputs) {
      const blob = net.blob(name);
      if (!keep.includes(name)) blob.reshape([batch, ...blob.shape.slice(1)]);
    }
    net.reshape();
    for (const name of net.inputs) {
      const blob = net.blob(name), data = Float32Array.from(values(name, blob.shape));
      blob.write(data);
      if (session.inputNames.includes(name)) feeds[name] = new ort.Tensor("float32", data, blob.shape);
    }
    net.forward({ blobs: Object.values(blobOf) });
    const outputs = await session.run(feeds);
    for (const [name, blob] of Object.entries(blobOf)) {
      const expected = net.blob(blob), found = outputs[name]!;
      assert.deepEqual([...found.dims], [...expected.shape], `shape of ${name}, batch ${batch}`);
      expectNear(found.data as Float32Array, expected.data, tolerance, `${name}, batch ${batch}`);
    }
  }
  await session.release();
  return model;
}

/** Expects values to be near others: within `tolerance` of these others' root mean square. */
export function expectNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(found.length, expected.length, what);
  const square = Array.from(expected).reduce((sum, value) => sum + value * value, 0);
  const bound = tolerance * Math.max(Math.sqrt(square / Math.max(1, expected.length)), 1e-6);
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(found[i]! - expected[i]!);
    assert.ok(distance <= bound, `${what}: value ${i} is ${found[i]} instead of ${expected[i]}`);
  }
}

/** Values of a gaussian distribution, the same in each run. */
export function gaussian(seed = 1): (name: string, shape: readonly number[]) => Float32Array {
  let state = seed;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return (_name, shape) =>
    Float32Array.from(
      { length: shape.reduce((product, dim) => product * dim, 1) },
      () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
}
