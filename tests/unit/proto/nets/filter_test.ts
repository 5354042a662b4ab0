import assert from "node:assert/strict";
import fc from "fast-check";
import { filterNet, stateMeetsRule } from "../../../../proto/nets/filter.ts";
import { locationOf } from "../../../../proto/text/location.ts";
import type { NetState, NetStateRule } from "../../../../proto/messages.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { fixtureText } from "../fixture.ts";

/** The names of the layers that a net has in a state. */
function names(text: string, state: NetState): string[] {
  return filterNet(netFromText(text), state).layer!.map((layer) => layer.name!);
}

Deno.test("phases choose the data layer and the accuracy of LeNet", () => {
  const text = fixtureText("lenet_train_test.prototxt");
  const train = filterNet(netFromText(text), { phase: "TRAIN" });
  assert.equal(train.layer![0]!.data_param!.source, "mnist_train_lmdb");
  assert.deepEqual(names(text, { phase: "TRAIN" }), ["mnist", "conv1", "pool1", "ip1", "relu1", "loss"]);
  assert.deepEqual(names(text, { phase: "TEST" }), [
    "mnist",
    "conv1",
    "pool1",
    "ip1",
    "relu1",
    "accuracy",
    "loss",
  ]);
});

Deno.test("the state is the net's own by default, and TEST without one", () => {
  const net = { layer: [{ name: "a", include: [{ phase: "TRAIN" as const }] }, { name: "b" }] };
  assert.deepEqual(filterNet(net), { state: {}, layer: [net.layer[1]] });
  const train = { ...net, state: { phase: "TRAIN" as const } };
  assert.deepEqual(filterNet(train), train);
});

Deno.test("layers keep their rules and their locations", () => {
  const net = netFromText('layer { name: "a" include { phase: TRAIN } }', "n.prototxt");
  const filtered = filterNet(net, { phase: "TRAIN" });
  assert.equal(filtered.layer![0], net.layer![0]);
  assert.deepEqual(locationOf(filtered), locationOf(net));
  assert.deepEqual(filtered.state, { phase: "TRAIN" });
});

Deno.test("one met include rule lets a layer in, one met exclude rule keeps it out", () => {
  const text = `
    layer { name: "both" include { phase: TRAIN } include { phase: TEST } }
    layer { name: "stage" include { stage: "a" } include { stage: "b" } }
    layer { name: "out" exclude { stage: "a" } exclude { stage: "b" } }
    layer { name: "always" include { } }
    layer { name: "never" exclude { } }`;
  assert.deepEqual(names(text, {}), ["both", "out", "always"]);
  assert.deepEqual(names(text, { stage: ["b"] }), ["both", "stage", "always"]);
});

Deno.test("levels and stages", () => {
  const cases: [NetState, NetStateRule, boolean][] = [
    [{}, {}, true],
    [{}, { phase: "TEST" }, true],
    [{}, { phase: "TRAIN" }, false],
    [{}, { min_level: 0, max_level: 0 }, true],
    [{ level: 2 }, { min_level: 2 }, true],
    [{ level: 1 }, { min_level: 2 }, false],
    [{ level: 3 }, { max_level: 2 }, false],
    [{ level: -1 }, { max_level: 2 }, true],
    [{ stage: ["a", "b"] }, { stage: ["a"] }, true],
    [{ stage: ["a"] }, { stage: ["a", "b"] }, false],
    [{ stage: ["a"] }, { not_stage: ["b"] }, true],
    [{ stage: ["a", "b"] }, { not_stage: ["b", "c"] }, false],
    [{ stage: ["a"], level: 1 }, { phase: "TEST", min_level: 1, stage: ["a"], not_stage: ["b"] }, true],
  ];
  for (const [state, rule, expected] of cases) assert.equal(stateMeetsRule(state, rule), expected);
});

Deno.test("a layer with include and exclude rules is refused, with its line", () => {
  const net = netFromText('\n\nlayer { name: "a" include { } exclude { } }', "n.prototxt");
  assert.throws(() => filterNet(net), {
    name: "CremaError",
    message: "n.prototxt:3:1: layer 'a': Expected either include or exclude rules but found both",
  });
});

Deno.test("filtering twice is filtering once", () => {
  const stage = fc.subarray(["a", "b", "c"]);
  const rule = fc.record({ stage, not_stage: stage, min_level: fc.integer({ min: -1, max: 1 }) }, {
    requiredKeys: [],
  });
  const layer = fc.record({ include: fc.array(rule, { maxLength: 2 }) });
  fc.assert(fc.property(fc.array(layer), stage, (layers, stages) => {
    const once = filterNet({ layer: layers }, { stage: stages });
    assert.deepEqual(filterNet(once), once);
  }));
});
