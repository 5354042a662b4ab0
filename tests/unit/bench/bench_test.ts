import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";

const repository = new URL("../../../", import.meta.url);
const libcaffe = Deno.env.get("CREMA_REQUIRE_LIBCAFFE") === "1" ||
  existsSync(new URL("build/libcaffe/libcrema_libcaffe.so", repository));

async function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("bench/bench.ts", repository).pathname, ...args],
    env: { NO_COLOR: "1", CREMA_PYTHON: "/no/such/python" },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("bench: the model that --only names is measured on every engine, and written as JSON and a picture", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [json, svg] = [join(folder, "bench.json"), join(folder, "bench.svg")];
    const { code, out, err } = await bench(
      "--only",
      "logistic_regression",
      "--layers",
      "--rounds",
      "2",
      "--json",
      json,
      "--svg",
      svg,
    );
    assert.equal(code, 0, err);
    assert.match(out, /^logistic_regression, batch \d+$/m);
    assert.match(out, /^ {2}InnerProduct forward +\d/m);

    assert.match(out, /^sgemm peak, 1 thread: \d+ GFLOP\/s \(\w+, \d+\)$/m);
    assert.match(out, /^copy of 256 MiB: [\d.]+ GB\/s, read and written$/m);

    const { sgemm_gflops, sgemm_peaks, copy_gbytes_per_second, rows, layer_rows, group_rows } = JSON.parse(
      await Deno.readTextFile(json),
    );
    assert.ok(sgemm_gflops > 0);
    assert.equal(sgemm_gflops, Math.max(...sgemm_peaks.map(({ gflops }: { gflops: number }) => gflops)));
    assert.ok(copy_gbytes_per_second > 0);
    const engines = rows.map(({ engine }: { engine: string }) => engine).filter((name: string) =>
      name !== "pytorch"
    );
    assert.deepEqual(engines, libcaffe ? ["embedded", "libcaffe"] : ["embedded"]);
    for (const row of rows) {
      assert.deepEqual(Object.keys(row), [
        "model",
        "batch",
        "engine",
        "threads",
        "forward_ms",
        "backward_ms",
        "update_ms",
        "images_per_second",
        "forward_flops",
        "backward_flops",
        "of_peak",
        "peak_bytes",
      ]);
      assert.equal(row.model, "logistic_regression");
      for (const [name, value] of Object.entries(row)) {
        if (name !== "model" && name !== "engine") assert.ok(value as number > 0, `${name} ${value}`);
      }
      // The net's own: the process with all engines in it holds several times this.
      if (row.engine !== "pytorch") assert.ok(row.peak_bytes < 64 * 2 ** 20, `${row.peak_bytes}`);
    }
    assert.ok(layer_rows.some(({ type }: { type: string }) => type === "InnerProduct"));
    const groups = group_rows.filter(({ engine }: { engine: string }) => engine === "embedded");
    assert.deepEqual(
      groups.reduce((sum: number, group: { forward_flops: number }) => sum + group.forward_flops, 0),
      rows[0].forward_flops,
    );
    assert.equal(group_rows.length, engines.length * groups.length);

    const picture = await Deno.readTextFile(svg);
    assert.match(picture, /^<svg /);
    assert.ok(picture.includes("logistic_regression"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench: an unknown model is an error", async () => {
  const { code, err } = await bench("--only", "lenett");
  assert.equal(code, 1);
  assert.match(err, /Expected a model \(.*lenet.*\) or one of scripts, .*inference but found 'lenett'/);
});

Deno.test("bench: --only inference measures the models and batches that are named", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const json = join(folder, "bench.json");
    const subject = ["--only", "inference", "--models", "logistic_regression", "--batches", "1,3"];
    const { code, out, err } = await bench(...subject, "--rounds", "1", "--json", json);
    assert.equal(code, 0, err);
    assert.match(out, /^logistic_regression, inference, batch 1$/m);
    assert.match(out, /^logistic_regression, inference, batch 3$/m);
    const { rows, inference_rows } = JSON.parse(await Deno.readTextFile(json));
    assert.deepEqual(rows, []);
    const engines = [...libcaffe ? ["embedded", "libcaffe"] : ["embedded"], "onnxruntime"];
    assert.deepEqual(
      inference_rows.map(({ batch, engine }: { batch: number; engine: string }) => [batch, engine]),
      [1, 3].flatMap((batch) => engines.map((engine) => [batch, engine])),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench: inference of a model without images, or of no images, is an error", async () => {
  const models = await bench("--only", "inference", "--models", "char_lstm");
  assert.equal(models.code, 1);
  assert.match(models.err, /Expected a model for images \(.*lenet.*\) but found 'char_lstm'/);
  const batches = await bench("--only", "inference", "--batches", "1,0");
  assert.equal(batches.code, 1);
  assert.match(batches.err, /Expected numbers of images, separated by commas, but found '1,0'/);
});
