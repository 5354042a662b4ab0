import assert from "node:assert/strict";
import { newestSnapshotOf, snapshotFiles, Solver, train } from "../../../train/mod.ts";

Deno.test("the newest snapshot of a solver is one of its net and type, in either format", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const prefix = `${folder}/s`;
    const make = (
      more: { outputs?: number; name?: string; type?: string; format?: string; max?: number },
    ) => {
      const { outputs = 2, name = "ip", type = "SGD", format = "BINARYPROTO", max = 1 } = more;
      return Solver.fromText(
        `net_param {
          layer { name: "in" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 3 } } }
          layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "y" loss_weight: 1
            inner_product_param { num_output: ${outputs} } }
          layer { name: "same" type: "InnerProduct" bottom: "x" top: "z" param { name: "w" } param { name: "b" }
            inner_product_param { num_output: 1 } }
          layer { name: "shared" type: "InnerProduct" bottom: "x" top: "q" param { name: "w" } param { name: "b" }
            inner_product_param { num_output: 1 } }
        } base_lr: 0.1 lr_policy: "fixed" type: "${type}" snapshot_format: ${format} max_iter: ${max}
        snapshot_prefix: "${prefix}"`,
        { threads: 1 },
      );
    };
    let time = 1_000_000;
    const write = async (more: Parameters<typeof make>[0]) => {
      using solver = await make(more);
      await Array.fromAsync(train(solver));
      const format = solver.param.snapshot_format ?? "BINARYPROTO";
      Deno.utimeSync(snapshotFiles(prefix, solver.iteration, format).state, time, ++time);
    };
    await write({ max: 4 });
    await write({ max: 3, format: "HDF5" });
    await write({ max: 5, outputs: 3 });
    await write({ max: 6, name: "other" });
    await write({ max: 2, type: "Adam" });
    const found = async (more: Parameters<typeof make>[0]) => {
      using solver = await make(more);
      const passed: string[] = [];
      const newest = await newestSnapshotOf(solver, {
        onUnreadable: (_, { reason }) => passed.push(reason),
      });
      return [newest?.iteration, passed] as const;
    };
    const [iteration, passed] = await found({});
    assert.equal(iteration, 3, passed.join("\n"));
    assert.match(
      passed[0]!,
      /^Expected a snapshot of a solver of type SGD for this net, with 4 history blobs, but found 8$/,
    );
    assert.match(
      passed[1]!,
      /^Expected a snapshot of this net, with 6 values in parameter 0 of layer 'ip', but found none$/,
    );
    assert.match(passed[2]!, /with 6 values in parameter 0 of layer 'ip', but found 9$/);
    assert.equal((await found({ type: "Adam" }))[0], 2);
    assert.equal((await found({ outputs: 3 }))[0], 5);
    assert.equal((await found({ name: "other" }))[0], 6);
    await assert.rejects(found({ outputs: 7 }), /that can be used but found none/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a training of which only the best snapshot is left goes on from it, bit by bit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const make = (name: string) =>
      Solver.fromText(
        `net_param {
          layer { name: "in" type: "DummyData" top: "x" top: "t" include { phase: TRAIN } dummy_data_param {
            shape { dim: 2 dim: 3 } shape { dim: 2 dim: 2 }
            data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 3 } } }
          layer { name: "in" type: "DummyData" top: "x" top: "t" include { phase: TEST } dummy_data_param {
            shape { dim: 2 dim: 3 } shape { dim: 2 dim: 2 }
            data_filler { type: "constant" value: 1 } data_filler { type: "constant" value: 3 } } }
          layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
            inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
          layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" }
        } base_lr: 0.05 lr_policy: "fixed" momentum: 0.9 max_iter: 6 random_seed: 3 snapshot_after_train: false
        test_iter: 1 test_interval: 4 snapshot_best: true snapshot_prefix: "${folder}/${name}"`,
        { threads: 1 },
      );
    using whole = await make("whole");
    await Array.fromAsync(train(whole));
    using resumed = await make("whole");
    const newest = await newestSnapshotOf(resumed);
    assert.equal(newest?.iteration, 4);
    await resumed.restore(newest!.state);
    await Array.fromAsync(train(resumed));
    assert.equal(resumed.iteration, 6);
    assert.deepEqual(resumed.net.handle.save(), whole.net.handle.save());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
