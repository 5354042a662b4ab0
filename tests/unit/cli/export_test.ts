import assert from "node:assert/strict";
import { join } from "node:path";
import { exportCommand } from "../../../cli/export.ts";
import { Net } from "../../../net/mod.ts";
import { decodeModel } from "../../../onnx/mod.ts";

const TEXT = `layer { name: "data" type: "Input" top: "data" input_param { shape {
    dim: 1 dim: 3 dim: 4 dim: 4 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {
    num_output: 2 kernel_size: 3 weight_filler { type: "gaussian" } } }
  layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" }
  layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 2 } }`;

/** Runs `crema export` on the net above, in a folder with its weights; gives the model and what was printed. */
async function runExport(args: string[], files: Record<string, string> = {}) {
  const folder = await Deno.makeTempDir({ prefix: "crema-export-" });
  try {
    const path = (name: string) => join(folder, name);
    await Deno.writeTextFile(path("net.prototxt"), TEXT);
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(path(name), text);
    using net = await Net.fromText(TEXT, { seed: 2 });
    await Deno.writeFile(path("w.caffemodel"), net.handle.save(false));
    using part = await Net.fromText(TEXT.replace(`name: "ip"`, `name: "other"`), { seed: 2 });
    await Deno.writeFile(path("part.caffemodel"), part.handle.save(false));
    const weights = args.includes("--weights") ? [] : ["--weights", path("w.caffemodel")];
    const given = args.map((arg) => arg.endsWith(".caffemodel") ? path(arg) : arg);
    await exportCommand().exitOverride().parseAsync(
      [path("net.prototxt"), ...weights, "-o", path("m.onnx"), ...given],
      { from: "user" },
    );
    assert.ok(
      !Array.from(Deno.readDirSync(folder), ({ name }) => name).some((name) => name.endsWith(".tmp")),
    );
    return decodeModel(await Deno.readFile(path("m.onnx"))).graph!;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const dims = (graph: Awaited<ReturnType<typeof runExport>>) =>
  graph.input![0]!.type!.tensor_type!.shape!.dim!.map(({ dim_param, dim_value }) => dim_param ?? dim_value);
const operators = (graph: Awaited<ReturnType<typeof runExport>>) => graph.node!.map(({ op_type }) => op_type);

Deno.test("crema export writes a model of any batch, folded, or as its options say", async () => {
  const plain = await runExport([]);
  assert.deepEqual([dims(plain), operators(plain)], [["N", 3, 4, 4], ["Conv", "Flatten", "Gemm"]]);
  assert.deepEqual(dims(await runExport(["--dynamic-batch", "--fold"])), ["N", 3, 4, 4]);
  assert.deepEqual(dims(await runExport(["--batch", "5"])), [5, 3, 4, 4]);
  assert.deepEqual(operators(await runExport(["--no-fold"])), ["Conv", "Mul", "Flatten", "Gemm"]);
  await assert.rejects(runExport(["--batch", "5", "--dynamic-batch"]), /cannot be used with option/);
});

Deno.test("crema export prepares images as preprocess.json beside the net, or its options, say", async () => {
  const stored = { channels: "BGR", size: [4, 4], mean: [104, 117, 123], scale: 0.5, labels: ["a", "b"] };
  const files = { "preprocess.json": JSON.stringify(stored) };
  const before = ["Gather", "Sub", "Mul"];
  assert.deepEqual(operators(await runExport(["--preprocess"], files)).slice(0, 3), before);
  assert.deepEqual(operators(await runExport([], files))[0], "Conv");
  const options = ["--mean-values", "1,2,3", "--raw-scale", "255"];
  assert.deepEqual(operators(await runExport(options)).slice(0, 2), ["Sub", "Conv"]);
  await assert.rejects(
    runExport(["--preprocess"]),
    /net.prototxt: Expected preprocess.json beside the net for --preprocess but found none/,
  );
});

Deno.test("crema export refuses weights that lack a layer, but for --allow-missing", async () => {
  const part = ["--weights", "part.caffemodel"];
  await assert.rejects(
    runExport(part),
    /Expected parameters of layer 'ip' in .*part.caffemodel but found none/,
  );
  assert.deepEqual(operators(await runExport([...part, "--allow-missing"])), ["Conv", "Flatten", "Gemm"]);
  await assert.rejects(
    runExport(["--input", "dat=1,3,4,4"]),
    /Expected a blob of the net but found 'dat'.*Did you mean 'data'/,
  );
  assert.deepEqual(dims(await runExport(["--input", "data=7,3,4,4"])), ["N", 3, 4, 4]);
  await assert.rejects(
    runExport(["--input", "data=7,3,9,9", "--batch", "1"]),
    /layer 'ip': .*shape/,
  );
});

Deno.test("crema export does not replace what the model is made of", async () => {
  await assert.rejects(
    runExport(["-o", "w.caffemodel"]),
    /w\.caffemodel: Expected another file for the model but found one that it is made of/,
  );
});
