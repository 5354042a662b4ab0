import assert from "node:assert/strict";
import { CremaError } from "../../../base/mod.ts";
import { Engine } from "../../../ffi/engine.ts";
import { Net } from "../../../net/net.ts";
import { readTuning, tuningFile, writeTuning } from "../../../net/tuning_file.ts";
import { decode, encode } from "../../../proto/codec/binary.ts";
import { netFromText } from "../../../proto/mod.ts";
import { Solver } from "../../../train/solver.ts";

/** A net whose convolution can be computed in more than one way, whatever the processor's vectors are. */
const text = (height: number) => `
  layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
    shape { dim: 2 dim: 20 dim: ${height} dim: 11 } shape { dim: 2 }
    data_filler { type: "gaussian" } data_filler { type: "constant" value: 1 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 25 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
  layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
    inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

/** Runs the body with a cache folder of its own, and tuning on; both are as before after it. */
async function tuned(body: (engine: Engine, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("XDG_CACHE_HOME");
  const engine = Engine.open("embedded");
  Deno.env.set("XDG_CACHE_HOME", folder);
  engine.compute({ tune: "fast" });
  try {
    await body(engine, folder);
  } finally {
    engine.compute({ tune: "off" });
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
}

/** The line of the net's convolution. */
function lineOf(tuning: string, height: number): string {
  const line = tuning.split("\n").find((each) => each.includes(`, 20x${height}x11 to 25x${height}x11, `));
  assert.ok(line !== undefined, tuning);
  return line;
}

Deno.test("what tuning finds is in a file, which the next run reads", async () => {
  await tuned(async (engine, folder) => {
    using net = await Net.fromText(text(9), { engine, phase: "TRAIN", seed: 1 });
    assert.ok(net.plan().length > 0);
    const file = tuningFile(engine) ?? "";
    assert.ok(file.startsWith(`${folder}/crema/tuning/embedded-`), file);
    const line = lineOf(await Deno.readTextFile(file), 9);
    assert.match(
      line,
      /^convolution, 2 images, 1 groups, .* threads: (patches|(direct|winograd)(, (direct|winograd)){2})$/,
    );
    // Another process's choice is kept, and taken.
    await Deno.writeTextFile(file, "convolution of another: patches\n");
    await writeTuning(engine);
    const both = await Deno.readTextFile(file);
    assert.ok(both.includes("convolution of another: patches\n"), both);
    assert.equal(lineOf(both, 9), line);
    assert.equal(engine.tuning, both);
  });
});

Deno.test("a file of tuning that is damaged is an error that names it", async () => {
  await tuned(async (engine, folder) => {
    await Deno.mkdir(`${folder}/crema/tuning`, { recursive: true });
    const file = tuningFile(engine)!;
    await Deno.writeTextFile(file, "convolution\n");
    await assert.rejects(
      readTuning(engine),
      (error) => error instanceof CremaError && String(error).includes(`${file}: Expected a line`),
    );
  });
});

Deno.test("a state keeps what its run was tuned to, and a resumed run computes the same way", async () => {
  const rest = { base_lr: 0.1, lr_policy: "fixed", max_iter: 4, random_seed: 3 };
  const netParam = netFromText(text(10));

  let bytes: Uint8Array = new Uint8Array(), line = "";
  await tuned(async (engine) => {
    using solver = await Solver.create({ ...rest, net_param: netParam }, { engine });
    solver.step(1);
    bytes = solver.saveState();
    line = lineOf(engine.tuning, 10);
  });
  const state = decode("SolverState", bytes);
  assert.equal(state.tuning, `${line}\n`);
  const [what] = line.split(": ");
  for (const way of ["patches", "direct, direct, direct"]) {
    using solver = await Solver.create({ ...rest, net_param: netParam }, { engine: "embedded" });
    solver.restoreState(encode("SolverState", { ...state, tuning: `${what}: ${way}\n` }));
    solver.step(1);
    const conv = solver.net.plan().find(({ layers }) => layers.includes("conv"));
    assert.equal(conv?.algorithms["forward"] === "patches", way === "patches");
    assert.equal(decode("SolverState", solver.saveState()).tuning, `${what}: ${way}\n`);
  }
});

Deno.test("a state without tuning, and a run without it, are as before", async () => {
  const netParam = netFromText(text(12));
  const param = { net_param: netParam, base_lr: 0.1, lr_policy: "fixed", max_iter: 4, random_seed: 3 };
  using solver = await Solver.create(param, { engine: "embedded" });
  assert.equal(decode("SolverState", solver.saveState()).tuning, undefined);
  assert.ok(!Engine.open("embedded").tuning.includes("20x12x11"));
});
