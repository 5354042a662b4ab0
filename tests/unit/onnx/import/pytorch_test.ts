import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeModel, floatTensor, importOnnx } from "../../../../onnx/mod.ts";
import { expectNear } from "../judge.ts";
import { netOf, runImported } from "./run_imported.ts";

// record_pytorch.py writes these.
const folder = join(import.meta.dirname!, "fixtures");

interface Recorded {
  inputs: number[][];
  outputs: { shape: number[]; data: number[] }[];
}

function valuesOf(shape: readonly number[], isWords: boolean): number[] {
  const count = shape.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: count }, (_, i) => isWords ? 7 * i % 11 : (i * 7919 % 199 - 99) / 64);
}

const names = [...Deno.readDirSync(folder)].flatMap(({ name }) => /^(.*)\.onnx$/.exec(name)?.[1] ?? [])
  .toSorted();

for (const name of names) {
  Deno.test(`a model of PyTorch's computes the same: ${name}`, async () => {
    const model = decodeModel(await Deno.readFile(join(folder, `${name}.onnx`)));
    const recorded: Recorded = JSON.parse(await Deno.readTextFile(join(folder, `${name}.json`)));
    const feeds = new Map(recorded.inputs.map((shape, i) => {
      return [["x", "h", "c"][i]!, floatTensor(valuesOf(shape, name === "tagger"), shape)];
    }));
    const { outputs } = await runImported(model, feeds);
    const found = model.graph!.output!.map((output) => outputs.get(output.name!)!);
    for (const [i, { shape, data }] of recorded.outputs.entries()) {
      assert.deepEqual(found[i]!.shape, shape, `output ${i}`);
      expectNear(found[i]!.data, data, 1e-5, `output ${i}`);
    }
  });
}

/** Nets of images whose batch the model does not bake in. */
for (const name of ["densenet", "mobilenet_v2", "mobilenet_v3", "resnet", "squeezenet"]) {
  Deno.test(`a net that was imported for one image takes another batch: ${name}`, async () => {
    const bytes = await Deno.readFile(join(folder, `${name}.onnx`));
    const recorded: Recorded = JSON.parse(await Deno.readTextFile(join(folder, `${name}.json`)));
    const [shape] = recorded.inputs as [number[]];
    const imported = await importOnnx(bytes, { inputs: new Map([["x", [1, ...shape.slice(1)]]]) });
    using net = await netOf(imported);
    net.blob("x").reshape(shape);
    net.reshape();
    net.blob("x").write(Float32Array.from(valuesOf(shape, false)));
    net.forward();
    const { data } = net.blob(imported.report.outputs[0]!.name);
    expectNear(data, recorded.outputs[0]!.data, 1e-5, name);
  });
}
