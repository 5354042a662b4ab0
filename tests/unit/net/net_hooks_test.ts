import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import { train } from "../../../train/train.ts";
import { simpleNet } from "../train/simple_net.ts";

const LAYERS = ["data", "conv", "ip", "loss"];

Deno.test("hooks are called around each layer in order, with its name and index", async () => {
  using net = await Net.fromText(simpleNet(13), { phase: "TRAIN" });
  const calls: string[] = [];
  net.addBeforeForward((name, index) => calls.push(`> ${name} ${index}`));
  net.addAfterForward((name, index) => calls.push(`${name} ${index} >`));
  net.addBeforeBackward((name, index) => calls.push(`< ${name} ${index}`));
  net.addAfterBackward((name, index) => calls.push(`${name} ${index} <`));
  net.forward();
  const up = LAYERS.flatMap((name, i) => [`> ${name} ${i}`, `${name} ${i} >`]);
  assert.deepEqual(calls.splice(0), up);
  net.backward();
  const down = LAYERS.flatMap((name, i) => [`${name} ${i} <`, `< ${name} ${i}`]).reverse();
  assert.deepEqual(calls.splice(0), down);
  net.forward({ start: "conv", end: "ip" });
  assert.deepEqual(calls.splice(0), up.slice(2, 6));
  net.backward({ start: "loss", end: "ip" });
  assert.deepEqual(calls.splice(0), down.slice(0, 4));
  net.backward({ start: "ip" });
  assert.deepEqual(calls.splice(0), down.slice(2));
});

Deno.test("a hook sees and changes values between one layer and the next", async () => {
  using net = await Net.fromText(simpleNet(13), { phase: "TRAIN" });
  let conv = new Float32Array();
  using _ = net.addAfterForward((name) => {
    if (name !== "conv") return;
    conv = net.blob("conv").data.slice();
    net.blob("conv").data.fill(0);
  });
  net.forward();
  assert.ok(conv.some((value) => value !== 0));
  // The inner product of zeros is its bias.
  assert.ok(net.blob("ip_blob").data.every((value) => value === -3));
  assert.ok(Math.abs(net.loss - 2 * Math.log(13)) < 1e-5);
});

Deno.test("a net computes the same with hooks as without", async () => {
  using net = await Net.fromText(simpleNet(7), { phase: "TRAIN", seed: 1 });
  const run = () => {
    net.clearParamDiffs();
    net.forward({ start: "conv" });
    net.backward();
    return [net.loss, ...net.handle.learnable.map(({ blob }) => blob.read("diff"))];
  };
  net.forward({ end: "data" });
  const without = run();
  using _before = net.addBeforeForward(() => {});
  using _after = net.addAfterBackward(() => {});
  assert.deepEqual(run(), without);
});

Deno.test("a hook can be removed, and an error in a hook ends the run", async () => {
  using net = await Net.fromText(simpleNet(13), { phase: "TRAIN" });
  const seen: string[] = [];
  const hook = (name: string) => void seen.push(name);
  const twice = net.addAfterForward(hook);
  const once = net.addAfterForward(hook);
  net.forward({ end: "conv" });
  assert.deepEqual(seen.splice(0), ["data", "data", "conv", "conv"]);
  twice[Symbol.dispose]();
  net.forward({ end: "data" });
  assert.deepEqual(seen.splice(0), ["data"]);
  once[Symbol.dispose]();
  net.forward();
  assert.equal(seen.length, 0);
  {
    using _ = net.addBeforeForward((name) => {
      if (name === "ip") throw new Error("no further");
      seen.push(name);
    });
    assert.throws(() => net.forward(), /^Error: no further$/);
    assert.deepEqual(seen, ["data", "conv"]);
  }
  net.forward();
});

const solverText = (extra = "") =>
  `train_net_param { ${simpleNet(5)} } base_lr: 0.01 momentum: 0.9 lr_policy: "fixed" max_iter: 3
  random_seed: 3 snapshot_after_train: false ${extra}`;

Deno.test("hooks are called while a solver trains, and do not change its result", async () => {
  for (const extra of ["", "iter_size: 3", "debug_info: true display: 1"]) {
    using plain = await Solver.fromText(solverText(extra));
    using watched = await Solver.fromText(solverText(extra));
    let forwards = 0, backwards = 0;
    watched.net.addAfterForward((name) => forwards += name === "ip" ? 1 : 0);
    watched.net.addBeforeBackward((name) => backwards += name === "ip" ? 1 : 0);
    const losses: number[][] = [];
    for (const solver of [plain, watched]) {
      const steps: number[] = [];
      for await (const event of train(solver)) if (event.type === "step") steps.push(event.loss);
      losses.push(steps);
    }
    assert.deepEqual(losses[1], losses[0]);
    assert.deepEqual(watched.net.handle.save(), plain.net.handle.save());
    const batches = extra.startsWith("iter_size") ? 9 : 3;
    // The last display is one more forward pass.
    assert.deepEqual([forwards, backwards], [extra.startsWith("debug") ? batches + 1 : batches, batches]);
  }
});
