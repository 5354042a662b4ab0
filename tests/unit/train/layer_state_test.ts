import assert from "node:assert/strict";
import { CremaError } from "../../../base/error.ts";
import { decode, encode, type SourceState } from "../../../proto/mod.ts";
import { restoreSnapshot, Solver, train, writeSnapshot } from "../../../train/mod.ts";

/** A running mean, a count and a Map as state; noise by chance, one by one and all at once. */
const LAYERS = `
export class Remember {
  seen = { count: 0, mean: new Float32Array(2), last: new Map() };
  reshape([x], [y]) { y.reshapeLike(x); }
  forward([x], [y]) {
    const { seen } = this, from = x.data, to = y.data;
    seen.count++;
    for (let i = 0; i < to.length; i++) {
      seen.mean[i % 2] = 0.9 * seen.mean[i % 2] + 0.1 * from[i];
      to[i] = from[i] + seen.mean[i % 2] / seen.count + (seen.last.get(i) ?? 0);
      seen.last.set(i, 0.01 * from[i]);
    }
  }
  backward([y], [wanted], [x]) { if (wanted) x.diff.set(y.diff); }
  save() { return this.seen; }
  restore(seen) {
    if (globalThis.cremaTestBroken) throw new RangeError("a state of another kind");
    this.seen = seen;
  }
}
export class Noise {
  reshape([x], [y]) { y.reshapeLike(x); }
  forward([x], [y]) {
    const noise = this.random.fillGaussian(new Float32Array(y.count), 0, 0.1);
    const order = this.random.permutation(y.count);
    for (let i = 0; i < y.count; i++) y.data[i] = x.data[i] + noise[order[i]] + this.random.uniform(0, 0.1);
    if (this.random.bernoulli()) y.data[this.random.integer(y.count)] += 0.1 * this.random.gaussian();
  }
  backward([y], [wanted], [x]) { if (wanted) x.diff.set(y.diff); }
}`;

const script = (name: string, layer: string, bottom: string, top: string) =>
  `layer { name: "${name}" type: "Script" bottom: "${bottom}" top: "${top}" script_param { module: "./layers.js" layer: "${layer}" } }`;

const NET = `
  layer { name: "in" type: "DummyData" top: "x" top: "t" dummy_data_param {
    shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } data_filler { type: "gaussian" std: 1 } } }
  ${script("noise", "Noise", "x", "n")}
  layer { name: "ip" type: "InnerProduct" bottom: "n" top: "y" inner_product_param { num_output: 2
    weight_filler { type: "xavier" } } }
  ${script("remember", "Remember", "y", "r")}
  layer { name: "loss" type: "EuclideanLoss" bottom: "r" bottom: "t" top: "loss" }`;

const solverText = (fields = "") =>
  `net_param { ${NET} } test_iter: 2 test_interval: 3 base_lr: 0.05 momentum: 0.9 lr_policy: "fixed" max_iter: 10
   snapshot_prefix: "s" snapshot_after_train: false ${fields}`;

async function inFolder(test: (make: (fields?: string) => Promise<Solver>, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/layers.js`, LAYERS);
    const make = (fields = "") =>
      Solver.fromText(
        `${solverText(fields)} snapshot_prefix: "${folder}/s"`.replace('snapshot_prefix: "s"', ""),
        {
          file: `${folder}/solver.prototxt`,
        },
      );
    await test(make, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All that a run computes: its losses and tests from an iteration on, its weights, and its last state. */
async function rest(solver: Solver, from: number, until = 10): Promise<unknown> {
  const seen: unknown[] = [];
  for await (const event of train(solver, { maxIteration: until })) {
    if (event.type === "step" && event.iteration >= from) seen.push(event.loss);
    if (event.type === "test" && event.iteration >= from) seen.push(event.scores);
  }
  const weights = solver.net.params.get("ip")!.map((blob) => [...blob.data]);
  return { seen, weights, state: decode("SolverState", solver.saveState()) };
}

for (const format of ["BINARYPROTO", "HDF5"]) {
  for (const seed of ["random_seed: 5", ""]) {
    Deno.test(`a run with a stateful and a random layer resumes bit for bit: ${format}, ${seed || "no seed"}`, () =>
      inFolder(async (make) => {
        const fields = `${seed} snapshot_format: ${format}`;
        using whole = await make(fields);
        // The snapshot is written as the run goes by: saving changes nothing.
        await rest(whole, 0, 6);
        const { state } = writeSnapshot(whole);
        const expected = await rest(whole, 6);
        using resumed = await make(fields);
        resumed.step(2); // what it was before must not count
        await restoreSnapshot(resumed, state);
        assert.deepEqual(await rest(resumed, 6), expected);
        if (seed === "") return;
        using again = await make(fields);
        await rest(again, 0, 6);
        assert.deepEqual(await rest(again, 6), expected, "one run without a snapshot");
      }));
  }
}

Deno.test("a state without what layers save still loads: theirs stays as it is", () =>
  inFolder(async (make) => {
    using solver = await make("random_seed: 1");
    solver.step(3);
    const state = decode("SolverState", solver.saveState());
    assert.deepEqual(state.source!.map(({ layer, net }) => [layer, net]), [["noise", -1], ["remember", -1], [
      "remember",
      0,
    ]]);
    const { source: _, ...older } = state;
    using resumed = await make("random_seed: 1");
    resumed.restoreState(encode("SolverState", older));
    assert.equal(resumed.iteration, 3);
    resumed.restoreState(encode("SolverState", { ...older, source: [{ layer: "remember", net: -1 }] }));
    const [remember] = resumed.net.handle.hostLayers.filter(({ name }) => name === "remember");
    assert.equal((remember!.layer.save!() as { count: number }).count, 0);
  }));

Deno.test("a layer whose restore throws, and a damaged state, are errors that name layer and file", () =>
  inFolder(async (make, folder) => {
    using solver = await make("random_seed: 1");
    solver.step(1);
    const { state } = writeSnapshot(solver);
    const broken = globalThis as { cremaTestBroken?: boolean };
    broken.cremaTestBroken = true;
    try {
      await assert.rejects(restoreSnapshot(solver, state), (error: CremaError) => {
        assert.equal(error.layer, "remember");
        assert.match(error.message, /s_iter_1\.solverstate.*restore threw: a state of another kind/s);
        return true;
      });
    } finally {
      delete broken.cremaTestBroken;
    }
    const content = decode("SolverState", await Deno.readFile(state));
    const source = content.source!.map((each) => ({
      ...each,
      ...each.saved && { saved: each.saved.slice(0, 9) },
    }));
    await Deno.writeFile(`${folder}/bad.solverstate`, encode("SolverState", { ...content, source }));
    await assert.rejects(restoreSnapshot(solver, `${folder}/bad.solverstate`), {
      layer: "remember",
      message: /Expected the layer's state, as its save\(\) returned it, but found bytes that can't be read/,
    });
  }));

Deno.test("what save returns must be copyable, and what it throws names the layer", () =>
  inFolder(async (make) => {
    using solver = await make("random_seed: 1");
    const [remember] = solver.net.handle.hostLayers.filter(({ name }) => name === "remember");
    Object.assign(remember!.layer, { save: () => ({ count: () => 1 }) });
    assert.throws(() => solver.saveState(), {
      layer: "remember",
      message: /Expected save\(\) to return what can be copied .* but found: .*could not be cloned/,
    });
    Object.assign(remember!.layer, { save: () => Promise.resolve(1) });
    assert.throws(() => solver.saveState(), {
      layer: "remember",
      message: /save threw: .* layers are synchronous/,
    });
  }));

Deno.test("a large state is saved with snapshots, not in every iteration; a small one in each", () =>
  inFolder(async (make) => {
    for (const [length, most] of [[10, 8], [100_000, 2]] as const) {
      using solver = await make("random_seed: 1 snapshot: 100");
      const [remember] = solver.net.handle.hostLayers.filter(({ name }) => name === "remember");
      let calls = 0;
      Object.assign(remember!.layer, { save: () => (calls++, new Float32Array(length)) });
      await rest(solver, 0, 6);
      assert.equal(calls, most, `${length} values`);
      const ofTrainNet = (sources: SourceState[]) =>
        sources.find(({ layer, net }) => layer === "remember" && net === -1)?.saved;
      const quick = solver.sourceStates({ quick: true });
      assert.equal(ofTrainNet(quick) === undefined, length > 10);
      const whole = decode("SolverState", solver.saveState(quick));
      assert.ok(ofTrainNet(whole.source!)!.length >= 4 * length);
    }
  }));

Deno.test("layers of the library that remember go on from a saved state", async () => {
  for (
    const [type, bottoms, param] of [
      [
        "Lstm",
        { x: [2, 1, 3], cont: [2, 1] },
        'lstm_param { num_output: 2 weight_filler { type: "xavier" } }',
      ],
      [
        "LabelSpecificAdd",
        { x: [2, 3], t: [2] },
        "label_specific_add_param { bias_base: 1 bias_gamma: 0.5 bias_power: 1 bias_max: 9 }",
      ],
      ["SegAccuracy", { x: [1, 2, 2, 2], t: [1, 1, 2, 2] }, "seg_accuracy_param { reset: false }"],
      ["SpatialDropout", { x: [4, 3] }, ""],
      ["SeLUDropout", { x: [4, 3] }, ""],
    ] as const
  ) {
    const inputs = Object.entries(bottoms).map(([name, shape]) =>
      `layer { name: "${name}" type: "DummyData" top: "${name}" dummy_data_param { shape { ${
        (shape as readonly number[]).map((dim) => `dim: ${dim}`).join(" ")
      } } data_filler { type: "${name === "x" ? "gaussian" : "constant"}" ${
        name === "x" ? "" : "value: 1"
      } } } }`
    );
    const text = `max_iter: 1 base_lr: 0 lr_policy: "fixed" random_seed: 3 net_param { ${inputs.join("\n")}
      layer { name: "it" type: "${type}" ${Object.keys(bottoms).map((name) => `bottom: "${name}"`).join(" ")}
        top: "y" ${param} } }`;
    using whole = await Solver.fromText(text);
    const outputs = (solver: Solver) => {
      solver.net.forward();
      return [...solver.net.blob("y").data];
    };
    for (let i = 0; i < 3; i++) outputs(whole);
    const state = whole.saveState();
    const expected = [outputs(whole), outputs(whole)];
    using fresh = await Solver.fromText(text);
    const without = encode("SolverState", { ...decode("SolverState", state), source: [] });
    fresh.restoreState(without);
    assert.notDeepEqual([outputs(fresh), outputs(fresh)], expected, `${type} has state`);
    fresh.restoreState(state);
    assert.deepEqual([outputs(fresh), outputs(fresh)], expected, type);
  }
});
