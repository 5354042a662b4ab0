import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import type { TrainEvent } from "../../../train/events.ts";
import { simpleNet } from "./simple_net.ts";

async function withSolver(
  test: (solver: Solver, folder: string) => Promise<void> | void,
  extra = "display: 100 weight_decay: 0.0005",
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "net.prototxt"), simpleNet(13));
    const path = join(folder, "solver.prototxt");
    await Deno.writeTextFile(
      path,
      `net: "net.prototxt" test_iter: 10 test_interval: 10 base_lr: 0.01 momentum: 0.9
      lr_policy: "inv" gamma: 0.0001 power: 0.75 max_iter: 100 snapshot_after_train: false
      snapshot_prefix: ${JSON.stringify(join(folder, "model"))} ${extra}`,
    );
    using solver = await Solver.fromFile(path, { seed: 1 });
    for (const net of [solver.net, ...solver.testNets]) net.blob("label").data.set([1, 12, 0, 5, 7]);
    await test(solver, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("solve trains to max_iter, with tests", async () => {
  await withSolver(async (solver) => {
    const tests: number[] = [];
    assert.equal(solver.iteration, 0);
    await solver.solve({
      onEvent: (event: TrainEvent) => {
        if (event.type === "test") tests.push(event.iteration);
      },
    });
    assert.equal(solver.iteration, 100);
    assert.deepEqual(tests, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });
});

Deno.test("step does the given number of updates", async () => {
  await withSolver((solver) => {
    const loss = solver.step(3);
    assert.equal(solver.iteration, 3);
    assert.ok(loss > 0);
    solver.step();
    assert.equal(solver.iteration, 4);
    assert.ok(Number.isNaN(solver.step(0)));
    assert.equal(solver.iteration, 4);
    assert.throws(() => solver.step(1.5), /Expected a number of steps but found 1.5/);
  });
});

Deno.test("an update takes the gradients as they are", async () => {
  await withSolver((solver) => {
    const [weights] = solver.net.layer("conv").blobs;
    weights!.data.fill(0);
    weights!.diff.fill(1);
    solver.applyUpdate();
    for (const value of weights!.data) assert.ok(Math.abs(value + 0.01) < 1e-7);
    assert.equal(solver.iteration, 1);
  });
});

Deno.test("snapshot writes both files, and restore continues from them", async () => {
  await withSolver(async (solver, folder) => {
    assert.equal(solver.snapshot().iteration, 0);
    const state = join(folder, "model_iter_0.solverstate");
    assert.ok(existsSync(state));
    assert.ok(existsSync(join(folder, "model_iter_0.caffemodel")));
    const before = solver.net.handle.save();
    solver.step(2);
    assert.notDeepEqual(solver.net.handle.save(), before);
    await solver.restore(state);
    assert.equal(solver.iteration, 0);
    assert.deepEqual(solver.net.handle.save(), before);
    await assert.rejects(solver.restore(join(folder, "none.solverstate")), /but found no such file/);
    solver.step(2);
    await solver.solve({ resume: state, maxIteration: 1 });
    assert.equal(solver.iteration, 1);
  });
});

Deno.test("callbacks run before the passes and before the update", async () => {
  await withSolver((solver) => {
    const calls: string[] = [];
    const [weights] = solver.net.layer("ip").blobs;
    solver.net.addBeforeForward((name) => name === "data" && calls.push("forward"));
    solver.net.addAfterBackward((name) => name === "data" && calls.push("backward"));
    const added = solver.addCallback({
      onStart: () => calls.push(`start ${solver.iteration}`),
      onGradientsReady: () => {
        calls.push(`ready ${solver.iteration}`);
        for (const { blob } of solver.net.handle.learnable) blob.diff.fill(0);
      },
    });
    const before = weights!.read();
    solver.step(2);
    const pass = ["forward", "backward", "forward", "backward"];
    assert.deepEqual(calls.splice(0), ["start 0", ...pass, "ready 0", "start 1", ...pass, "ready 1"]);
    // Without gradients and decay, nothing changes.
    assert.deepEqual(weights!.read(), before);
    added[Symbol.dispose]();
    solver.step();
    assert.deepEqual(calls, pass);
    assert.notDeepEqual(weights!.read(), before);
  }, "iter_size: 2");
});

Deno.test("callbacks may be class instances, and run with debug_info too", async () => {
  await withSolver(async (solver) => {
    class Counter {
      starts = 0;
      onStart(): void {
        this.starts++;
      }
    }
    const counter = new Counter();
    solver.addCallback(counter);
    await solver.solve({ maxIteration: 3 });
    assert.equal(counter.starts, 3);
  }, "display: 2 debug_info: true");
});

Deno.test("a solver that shares a net's weights trains that net and tests with its weights", async () => {
  await withSolver(async (solver) => {
    const net = await Net.fromText(simpleNet(13), { phase: "TEST", seed: 9 });
    solver.shareWeights(net);
    const before = net.params.get("ip")![0]!.read();
    assert.deepEqual(solver.net.params.get("ip")![0]!.read(), before);
    solver.step(2);
    const after = net.params.get("ip")![0]!.read();
    assert.notDeepEqual(after, before);
    assert.deepEqual(solver.net.params.get("ip")![0]!.read(), after);
    assert.deepEqual(solver.testNets[0]!.params.get("ip")![0]!.read(), after);
    // The memory stays for as long as the solver uses it.
    net[Symbol.dispose]();
    solver.step(2);
    assert.notDeepEqual(solver.net.params.get("ip")![0]!.read(), after);
  });
});

Deno.test("nets end with their solver: what is left of them throws or is empty, and nothing crashes", async () => {
  await withSolver((solver) => {
    const nets = [solver.net, ...solver.testNets];
    assert.equal(nets.length, 2);
    const views = nets.flatMap((net) => [...net.blobs.values()].flatMap((blob) => [blob.data, blob.diff]));
    const blobs = nets.flatMap((net) => [...net.blobs.values()]);
    assert.ok(views.every(({ length }) => length > 0));
    solver[Symbol.dispose]();
    assert.ok(views.every(({ length }) => length === 0));
    for (const blob of blobs) {
      assert.throws(() => blob.data, /Expected a live solver but found one that was disposed/);
    }
  });
});

Deno.test("the solver's parameters can be read, including those without effect here", async () => {
  await withSolver(({ param }) => {
    assert.deepEqual([param.max_iter, param.display, param.layer_wise_reduce], [100, 7, false]);
  }, "display: 7 layer_wise_reduce: false");
});
