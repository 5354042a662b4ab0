import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { NetSpec, toProto } from "../../../../proto/spec/net_spec.ts";
import { oneOf } from "../../../../proto/spec/one_of.ts";
import { layers as L } from "../../../../proto/spec/spec_layers.ts";

const dummy = (phase: "TRAIN" | "TEST", batch: number) =>
  L.DummyData({ shape: [{ dim: [batch, 3] }, { dim: batch }], include: { phase }, ntop: 2 });

Deno.test("a net with a data layer for each phase", async () => {
  const n = new NetSpec();
  [n.data, n.label] = oneOf(dummy("TRAIN", 4), dummy("TEST", 2));
  n.ip = L.InnerProduct(n.data, { num_output: 2 });
  n.loss = L.SoftmaxWithLoss(n.ip, n.label);
  const net = n.toProto();
  assert.deepEqual(net.layer!.map(({ name }) => name), ["data", "data", "ip", "loss"]);
  assert.deepEqual(net.layer!.map(({ include }) => include), [
    [{ phase: "TRAIN" }],
    [{ phase: "TEST" }],
    undefined,
    undefined,
  ]);
  for (const [phase, batch] of [["TRAIN", 4], ["TEST", 2]] as const) {
    using made = await Net.create(net, { phase });
    assert.deepEqual(made.blob("ip").shape, [batch, 2]);
  }
});

Deno.test("layers with bottoms, with names of their own, and without tops", () => {
  const n = new NetSpec();
  n.a = L.Input();
  n.b = L.Input();
  n.out = oneOf(
    L.ReLU(n.a, { include: { stage: "fast" } }),
    L.ELU(n.b, { name: "slow", exclude: { stage: "fast" } }),
  );
  n.quiet = oneOf(
    L.Silence(n.out, { ntop: 0, include: { phase: "TRAIN" } }),
    L.Silence(n.b, { ntop: 0, include: { phase: "TEST" } }),
  );
  assert.deepEqual(n.toProto().layer!.map(({ name, type, bottom, top }) => ({ name, type, bottom, top })), [
    { name: "a", type: "Input", bottom: undefined, top: ["a"] },
    { name: "b", type: "Input", bottom: undefined, top: ["b"] },
    { name: "out", type: "ReLU", bottom: ["a"], top: ["out"] },
    { name: "slow", type: "ELU", bottom: ["b"], top: ["out"] },
    { name: "quiet", type: "Silence", bottom: ["out"], top: undefined },
    { name: "quiet", type: "Silence", bottom: ["b"], top: undefined },
  ]);
});

Deno.test("names that the first layer gives hold for all", () => {
  const data = (phase: "TRAIN" | "TEST") =>
    L.DummyData({ name: "made_up", top: ["x", "y"], shape: { dim: 1 }, include: { phase }, ntop: 2 });
  const net = toProto(...oneOf(data("TRAIN"), data("TEST")));
  assert.deepEqual(net.layer!.map(({ name, top }) => [name, top]), [
    ["made_up", ["x", "y"]],
    ["made_up", ["x", "y"]],
  ]);
});

Deno.test("layers that can't be joined are refused", () => {
  const a = L.Input(), include = { phase: "TEST" } as const;
  const relu = () => L.ReLU(a, { include });
  assert.throws(
    () => oneOf(relu(), L.ReLU(a)),
    /Expected an include or exclude rule .* found a ReLU without/,
  );
  const inPlace = L.ReLU(a, { include, in_place: true });
  assert.throws(() => oneOf(relu(), inPlace), /Expected layers with tops of their own .* is in_place/);
  const two = () => L.Slice(a, { include, ntop: 2 });
  assert.throws(() => oneOf<never>(relu() as never, two() as never), /Expected 1 top .* but found 2/);
  assert.throws(() => oneOf(two()[0], two()[0]), /Expected each argument of oneOf to be all tops of one/);
  assert.throws(() => oneOf([], []), /Expected each argument of oneOf to be all tops of one layer/);
  assert.throws(() => oneOf(oneOf(relu(), relu()), relu()), /but found those that another oneOf joined/);
});
