import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { Solver } from "../../../../train/solver.ts";
import { numbered, temporaryFolder, writeLmdb } from "../../data/fixture.ts";
import { libcaffeTest } from "./built.ts";
import { input } from "../test_net.ts";

const RANGES = `force_backward: true ${input([3, 2, 6, 5], "x")}
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 3 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "c" top: "c" }
layer { name: "aside" type: "Reduction" bottom: "c" top: "aside" loss_weight: 0.125 }
layer { name: "ip" type: "InnerProduct" bottom: "c" top: "y"
  inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" loss_weight: 2 }`;

/** Everything that a net holds: values and gradients of blobs and parameters. */
function contents(net: Net): Record<string, Float32Array> {
  const all: Record<string, Float32Array> = {};
  const { blobs, blobNames, learnable } = net.handle;
  for (const [i, blob] of blobs.entries()) {
    all[`${blobNames[i]} values`] = blob.read();
    all[`${blobNames[i]} gradients`] = blob.read("diff");
  }
  for (const [i, { blob }] of learnable.entries()) all[`parameter ${i}`] = blob.read("diff");
  return all;
}

async function filled(): Promise<Net> {
  const net = await Net.fromText(RANGES, { engine: "libcaffe", phase: "TRAIN", seed: 4 });
  net.blob("x").write(Float32Array.from({ length: net.blob("x").count }, (_, i) => Math.sin(i * i)));
  net.blob("label").write(Float32Array.of(4, 0, 2));
  return net;
}

libcaffeTest("ranges of layers, run one after the other, compute the same as the whole net", async () => {
  using whole = await filled();
  const loss = whole.handle.forward();
  whole.handle.clearDiffs();
  whole.handle.backward();
  assert.ok(loss > 0);
  const expected = contents(whole);
  const last = whole.handle.layers.length - 1;
  for (let cut = 0; cut < last; cut++) {
    using net = await filled();
    const first = net.handle.forward(-1, cut), second = net.handle.forward(cut + 1, -1);
    assert.equal(Math.fround(first + second), loss, `cut after ${cut}`);
    net.handle.clearDiffs();
    net.handle.backward(-1, cut + 1);
    net.handle.backward(cut, -1);
    assert.deepEqual(contents(net), expected, `cut after ${cut}`);
  }
});

const dataNet = (folder: string, transform: string): string =>
  `layer { name: "data" type: "Data" top: "x" top: "label" transform_param { ${transform} }
    data_param { source: "${folder}/db" batch_size: 4 backend: LMDB } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" }`;

libcaffeTest("Crema's Data layer gives libcaffe the same batches as the embedded engine", async () => {
  using folder = temporaryFolder();
  writeLmdb(`${folder.path}/db`, Array.from({ length: 11 }, (_, i) => numbered(i, 2, 5, 4)));
  for (const transform of ["", "scale: 0.25 mean_value: 7", "crop_size: 3 mirror: true"]) {
    const make = (engine: string) =>
      Net.fromText(dataNet(folder.path, transform), { engine, phase: "TRAIN", seed: 3 });
    using ours = await make("embedded");
    using caffes = await make("libcaffe");
    assert.ok(caffes.layers[0]!.layer !== undefined);
    for (let batch = 0; batch < 5; batch++) {
      for (const net of [ours, caffes]) net.forward();
      for (const name of ["x", "label"]) {
        assert.deepEqual(caffes.blob(name).read(), ours.blob(name).read(), `${transform} ${name} ${batch}`);
      }
    }
    if (transform === "") {
      assert.deepEqual([...caffes.blob("label").read()], [5, 6, 7, 8]);
    }
  }
});

libcaffeTest("a solver on libcaffe learns from a Data layer, and goes on where it stopped", async () => {
  using folder = temporaryFolder();
  const records = Array.from({ length: 11 }, (_, i) => numbered(i, 1, 3, 3));
  writeLmdb(`${folder.path}/db`, records);
  const make = () =>
    Solver.fromText(
      `net_param { ${dataNet(folder.path, "scale: 0.004")} } base_lr: 0.1 lr_policy: "fixed" momentum: 0.9
       max_iter: 200 random_seed: 2 display: 0 snapshot_after_train: false`,
      { engine: "libcaffe" },
    );
  using solver = await make();
  const first = solver.step();
  while (solver.iteration < 60) solver.step();
  const state = solver.saveState(), weights = solver.net.handle.save();
  const losses = [solver.step(), solver.step(), solver.step()];
  assert.ok(losses[0]! < 0.9 * first, `from ${first} to ${losses[0]}`);
  using resumed = await make();
  await resumed.copyFrom(weights);
  resumed.restoreState(state);
  assert.deepEqual([resumed.step(), resumed.step(), resumed.step()], losses);
});
