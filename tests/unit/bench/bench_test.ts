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

    const { sgemm_gflops, rows, layer_rows } = JSON.parse(await Deno.readTextFile(json));
    assert.ok(sgemm_gflops > 0);
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
  assert.match(err, /Expected a model \(.*lenet.*\), scripts, ops, layers or data but found 'lenett'/);
});
