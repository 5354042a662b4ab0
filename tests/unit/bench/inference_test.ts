import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchInference } from "../../../bench/inference.ts";
import { benchInferenceLayers } from "../../../bench/inference_layers.ts";
import { makeInferenceNet, takesImages } from "../../../bench/inference_net.ts";
import { Engine } from "../../../ffi/mod.ts";
import { netFromText } from "../../../proto/mod.ts";

const libcaffe = Deno.env.get("CREMA_REQUIRE_LIBCAFFE") === "1" ||
  existsSync(new URL("../../../build/libcaffe/libcrema_libcaffe.so", import.meta.url));

// libcaffe has no Permute.
const NET =
  `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 7 dim: 2 dim: 4 dim: 4 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 3 kernel_size: 1 } }
  layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "bn" }
  layer { name: "permute" type: "Permute" bottom: "bn" top: "y"
    permute_param { order: 0 order: 2 order: 3 order: 1 } }`;

async function withFile(test: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "deploy.prototxt");
    await Deno.writeTextFile(file, NET);
    await test(file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an inference net has the batch asked for, parameters of a usual size, and no blobs between layers", async () => {
  await withFile(async (file) => {
    using net = await makeInferenceNet(file, { engine: Engine.open("embedded"), batch: 3 });
    assert.equal(net.phase, "TEST");
    const { y } = net.forward();
    assert.deepEqual(net.blob("y").shape, [3, 4, 4, 3]);
    const spread = Math.sqrt(y!.reduce((sum, value) => sum + value * value, 0) / y!.length);
    // With Caffe's first statistics, whose variance is 0, it would be 300 times that.
    assert.ok(spread > 0.1 && spread < 10, `${spread}`);
    assert.throws(() => net.blob("conv").data, /recycle/);

    using kept = await makeInferenceNet(file, { engine: Engine.open("embedded"), batch: 3, recycle: false });
    kept.forward();
    assert.equal(kept.blob("conv").data.length, 3 * 3 * 16);
  });
});

Deno.test("inference is measured without those that can't compute it, and why is told", async () => {
  await withFile(async (file) => {
    const engines = [Engine.open("embedded"), ...libcaffe ? [Engine.open("libcaffe")] : []];
    const contest = { engines, python: "/no/such/python", rounds: 2, peak: 100 };
    const missing: string[] = [];
    const inference = { model: "net", file, batch: 3 };
    const [row, ...others] = await benchInference(
      inference,
      contest,
      (who, reason) => missing.push(`${who}: ${reason}`),
    );
    assert.deepEqual(others.map(({ engine, batch }) => [engine, batch]), [["onnxruntime", 3]]);
    assert.deepEqual(missing.map((line) => line.split(":")[0]), [...libcaffe ? ["libcaffe"] : [], "pytorch"]);
    if (libcaffe) assert.match(missing[0]!, /permute_param/);
    assert.equal(row!.engine, "embedded");
    assert.equal(row!.batch, 3);
    assert.equal(row!.forward_flops, 2 * (3 * 16) * (2 * 3));
    assert.equal(row!.images_per_second, 3000 / row!.forward_ms);
    assert.ok(
      row!.of_peak > 0 && row!.peak_bytes > 0 && row!.peak_bytes < 64 * 2 ** 20,
      `${row!.peak_bytes}`,
    );

    const { layerRows, groupRows } = await benchInferenceLayers(inference, contest);
    assert.deepEqual(layerRows.map(({ type }) => type), ["Input", "Convolution", "BatchNorm", "Permute"]);
    assert.deepEqual(groupRows.flatMap(({ layers }) => layers), ["data", "conv", "bn", "permute"]);
    for (const { forward_ms, backward_ms } of [...layerRows, ...groupRows]) {
      assert.ok(forward_ms >= 0);
      assert.equal(backward_ms, 0);
    }
  });
});

Deno.test("a net takes images if it has one input of four axes", () => {
  const input = (...dims: number[]) =>
    `layer { name: "x" type: "Input" top: "x" input_param { shape { ${
      dims.map((dim) => `dim: ${dim}`).join(" ")
    } } } }`;
  assert.ok(takesImages(netFromText(NET)));
  assert.ok(!takesImages(netFromText(input(1, 5))));
  assert.ok(!takesImages(netFromText(input(1, 3, 4, 4) + input(1, 3, 4, 4).replaceAll('"x"', '"z"'))));
  assert.ok(!takesImages(netFromText("")));
});
