import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import {
  type ImportedOnnx,
  importModel,
  type OnnxImportOptions,
  type OnnxTensor,
  withoutBlobs,
} from "../../../../onnx/mod.ts";
import type { ModelProto } from "../../../../onnx/messages.ts";
import { encode, netFromText, printText } from "../../../../proto/mod.ts";

/** Makes the net of an import, as a user would: of its prototxt and its weights. Its blobs must have the shapes foretold. */
export async function netOf({ net, shapes }: ImportedOnnx): Promise<Net> {
  const text = printText("NetParameter", withoutBlobs(net));
  const made = await Net.create(netFromText(text), {
    phase: "TEST",
    engine: "embedded",
    seed: 1,
    weights: encode("NetParameter", { ...net, name: net.name ?? "net" }),
  });
  for (const [name, shape] of shapes) {
    if (made.blobs.has(name)) assert.deepEqual([...made.blob(name).shape], [...shape], `shape of ${name}`);
  }
  return made;
}

/** Imports a model and runs it. Returns the outputs by name, and what was imported. */
export async function runImported(
  model: ModelProto,
  feeds: ReadonlyMap<string, OnnxTensor>,
  options: OnnxImportOptions = {},
): Promise<
  { outputs: Map<string, { shape: readonly number[]; data: Float32Array }>; imported: ImportedOnnx }
> {
  const inputs = new Map([...feeds].map(([name, { shape }]) => [name, shape]));
  const imported = importModel(model, { inputs, ...options });
  using net = await netOf(imported);
  for (const { name } of imported.report.inputs) {
    net.blob(name).write(Float32Array.from(feeds.get(name)!.data as Float32Array, Number));
  }
  net.forward();
  const outputs = imported.report.outputs.map(({ name }) => {
    const blob = net.blob(name);
    return [name, { shape: [...blob.shape], data: blob.data.slice() }] as const;
  });
  return { outputs: new Map(outputs), imported };
}
