// Every network and solver in models/ must parse, build on the engine, and run. Those on ImageNet are too large for
// that: see generated_models_test.ts.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { basename, join } from "node:path";
import { LmdbWriter } from "../../../data/sources/lmdb_writer.ts";
import { Net } from "../../../net/mod.ts";
import { encode, type NetParameter, readNet, readSolver } from "../../../proto/mod.ts";
import { Solver } from "../../../train/mod.ts";
import published from "./published_parameters.json" with { type: "json" };

const root = join(import.meta.dirname!, "../../..");
const all = Array.from(Deno.readDirSync(join(root, "models")))
  .filter((entry) => entry.isDirectory && entry.name !== "shared")
  .map((entry) => entry.name)
  .sort();
const models = all.filter((model) => !(model in published));

/** Replaces the datasets, which a test can't fetch: a few records of the right shape, and a mean image. */
class FakeData implements Disposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly #shape: { channels: number; height: number; width: number };
  readonly lmdb: string;
  readonly mean: string;

  constructor(side: number, channels: number) {
    this.#shape = { channels, height: side, width: side };
    this.lmdb = join(this.#folder, "lmdb");
    this.mean = join(this.#folder, "mean.binaryproto");
    const count = channels * side * side;
    using writer = new LmdbWriter(this.lmdb);
    for (let record = 0; record < 40; record++) {
      const data = Uint8Array.from({ length: count }, (_, i) => (i * 7 + record * 31) % 256);
      writer.write({ ...this.#shape, label: record % 10, data, encoded: false });
    }
    writer.finish();
    const blob = { num: 1, ...this.#shape, data: new Float32Array(count).fill(128) };
    Deno.writeFileSync(this.mean, encode("BlobProto", blob));
  }

  /** Makes the data layers of a net read from here. Returns the net. */
  into(net: NetParameter): NetParameter {
    for (const layer of net.layer ?? []) {
      if (layer.data_param === undefined) continue;
      layer.data_param.source = this.lmdb;
      if (layer.transform_param?.mean_file !== undefined) layer.transform_param.mean_file = this.mean;
    }
    return net;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

function fakeDataFor(model: string): FakeData {
  return model === "cifar10_quick" ? new FakeData(32, 3) : new FakeData(28, 1);
}

Deno.test("models/ contains what its README lists", async () => {
  const readme = await Deno.readTextFile(join(root, "models/README.md"));
  const listed = [...readme.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  deepEqual(listed.toSorted(), all);
});

for (const model of models) {
  const folder = join(root, "models", model);
  const files = Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();

  Deno.test(`models/${model} has a net, a solver and a net to time`, () => {
    for (const file of ["net.prototxt", "solver.prototxt", "time.prototxt"]) ok(files.includes(file), file);
  });

  for (const file of files.filter((name) => /^(time|deploy)\.prototxt$/.test(name))) {
    Deno.test(`models/${model}/${file} builds and runs`, async () => {
      const phase = file === "time.prototxt" ? "TRAIN" : "TEST";
      using net = await Net.fromFile(join(folder, file), { phase, seed: 1 });
      const outputs = net.forward();
      ok(Object.keys(outputs).length > 0);
      for (const values of Object.values(outputs)) ok(values.every(Number.isFinite));
      if (phase === "TRAIN") net.backward();
    });
  }

  Deno.test(`models/${model}/solver.prototxt builds, trains and tests`, async () => {
    const solver = await readSolver(join(folder, "solver.prototxt"));
    equal(solver.net, `models/${model}/net.prototxt`);
    equal(solver.snapshot_prefix, `snapshots/${model}`);
    equal(solver.random_seed, 1701);

    using data = fakeDataFor(model);
    const file = join(folder, "net.prototxt");
    const net = data.into(await readNet(file));
    const { net: _, ...rest } = solver;
    using trained = await Solver.create({ ...rest, net_param: net });
    equal(trained.testNets.length, solver.test_iter?.length);
    for (let step = 0; step < 2; step++) ok(Number.isFinite(trained.step()));
    for (const testNet of trained.testNets) {
      for (const values of Object.values(testNet.forward())) ok(values.every(Number.isFinite));
    }
  });

  Deno.test(`models/${model} names its data relative to the root of the checkout`, async () => {
    const net = await readNet(join(folder, "net.prototxt"));
    const sources = (net.layer ?? []).map((layer) => layer.data_param?.source).filter((path) =>
      path !== undefined
    );
    const script = (net.layer ?? []).filter(({ type, bottom = [] }) =>
      type === "Script" && bottom.length === 0
    );
    ok(sources.length + script.length >= 2, "a source, or a script that makes data, for each phase");
    for (const source of sources) match(source, /^data-cache\/[\w-]+\/\w+_(train|test)_lmdb$/);
  });
}

Deno.test("lenet_script differs from lenet only in its loss", async () => {
  for (const file of ["net.prototxt", "time.prototxt"]) {
    const [plain, script] = await Promise.all(
      ["lenet", "lenet_script"].map((model) => readNet(join(root, "models", model, file))),
    );
    const body = (net: NetParameter | undefined) => (net?.layer ?? []).filter(({ name }) => name !== "loss");
    deepEqual(body(script), body(plain), basename(file));
  }
  const [plain, script] = await Promise.all(
    ["lenet", "lenet_script"].map((model) => readSolver(join(root, "models", model, "solver.prototxt"))),
  );
  deepEqual({ ...script, net: "", snapshot_prefix: "" }, { ...plain, net: "", snapshot_prefix: "" });
});
