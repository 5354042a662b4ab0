import assert from "node:assert/strict";
import { join } from "node:path";
import ort from "onnxruntime-node";
import { exportOnnx, writeOnnx } from "../../../../net/export/mod.ts";
import { Net } from "../../../../net/mod.ts";
import { decodeModel } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectNear } from "../../onnx/judge.ts";

const TEXT = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 400 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {
    num_output: 7 weight_filler { type: "gaussian" } bias_filler { type: "gaussian" } } }
  layer { name: "ip2" type: "InnerProduct" bottom: "data" top: "ip2" inner_product_param {
    num_output: 3 weight_filler { type: "gaussian" } } }`;

Deno.test("parameters beyond a limit are in a file beside the model's, and onnxruntime finds them", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-onnx-" });
  try {
    const path = join(folder, "m.onnx");
    const written = await writeOnnx(netFromText(TEXT), path, { seed: 5, largest: 10_000 });
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), [
      "m.onnx",
      "m.onnx.data",
    ]);
    assert.deepEqual(
      written.files.map(({ bytes }) => bytes),
      [Deno.statSync(path).size, Deno.statSync(`${path}.data`).size],
    );
    assert.deepEqual([...written.inputs, ...written.outputs], [
      ["data", ["N", 400]],
      ["ip", ["N", 7]],
      ["ip2", ["N", 3]],
    ]);
    assert.equal(written.nodes, 2);
    const { graph } = decodeModel(await Deno.readFile(path));
    const facts = Object.fromEntries(
      graph!.initializer!.map(({ name, external_data = [] }) => [
        name,
        external_data.map(({ value }) => value),
      ]),
    );
    assert.deepEqual(facts, {
      "ip/weights": ["m.onnx.data", "0", "11200"],
      "ip/bias": [],
      "ip2/weights": ["m.onnx.data", "12288", "4800"],
      "ip2/bias": [],
    });
    const session = await ort.InferenceSession.create(path);
    using net = await Net.fromText(TEXT, { seed: 5 });
    const data = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i));
    const expected = net.forward({ inputs: { data } });
    const found = await session.run({ data: new ort.Tensor("float32", data, [1, 400]) });
    for (const name of ["ip", "ip2"]) {
      expectNear(found[name]!.data as Float32Array, expected[name]!, 1e-5, name);
    }
    await session.release();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a model says where it comes from, and its versions", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-onnx-" });
  try {
    const file = join(folder, "net.prototxt");
    await Deno.writeTextFile(file, TEXT);
    const model = decodeModel(await exportOnnx(file, { seed: 1 }));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(TEXT)));
    assert.deepEqual(Object.fromEntries(model.metadata_props!.map(({ key, value }) => [key, value])), {
      prototxt: "net.prototxt",
      prototxt_sha256: digest.toHex(),
    });
    const { ir_version, producer_name, opset_import } = model;
    assert.deepEqual([ir_version, producer_name, opset_import![0]!.version], [7, "crema", 13]);
    assert.match(model.producer_version!, /^\d+\.\d+\.\d+/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
