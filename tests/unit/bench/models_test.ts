import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchModel } from "../../../bench/models.ts";
import { Engine } from "../../../ffi/mod.ts";

const libcaffe = Deno.env.get("CREMA_REQUIRE_LIBCAFFE") === "1" ||
  existsSync(new URL("../../../build/libcaffe/libcrema_libcaffe.so", import.meta.url));

Deno.test("a model is measured without those that can't compute it, and why is told", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "net.prototxt");
    // libcaffe has no Permute.
    await Deno.writeTextFile(
      file,
      `layer { name: "data" type: "DummyData" top: "x" top: "t"
         dummy_data_param { shape { dim: 3 dim: 2 dim: 2 dim: 2 } } }
       layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
         convolution_param { num_output: 2 kernel_size: 1 } }
       layer { name: "permute" type: "Permute" bottom: "conv" top: "y"
         permute_param { order: 0 order: 2 order: 3 order: 1 } }
       layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" }`,
    );
    const engines = [Engine.open("embedded"), ...libcaffe ? [Engine.open("libcaffe")] : []];
    const missing: string[] = [];
    const { rows, layerRows, groupRows } = await benchModel(
      "net",
      file,
      { engines, python: "/no/such/python", rounds: 1, peak: 100, layers: false },
      (who, reason) => missing.push(`${who}: ${reason}`),
    );
    assert.deepEqual(rows.map(({ engine }) => engine), ["embedded"]);
    assert.deepEqual(missing.map((line) => line.split(":")[0]), [...libcaffe ? ["libcaffe"] : [], "pytorch"]);
    if (libcaffe) assert.match(missing[0]!, /permute_param/);

    const [row] = rows;
    assert.equal(row!.batch, 3);
    assert.equal(row!.forward_flops, 2 * (3 * 4) * (2 * 2));
    assert.equal(row!.backward_flops, row!.forward_flops); // no gradient of the data
    const seconds = (row!.forward_ms + row!.backward_ms) / 1000;
    const expected = 2 * row!.forward_flops / (seconds * 1e9) / 100;
    assert.ok(Math.abs(row!.of_peak / expected - 1) < 1e-9, `${row!.of_peak} ${expected}`);
    assert.deepEqual([layerRows, groupRows], [[], []]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
