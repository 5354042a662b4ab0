import assert from "node:assert/strict";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { statesOf } from "../../../../tools/corpus/net_states.ts";

const data = (name: string, phase = "") =>
  `layer { name: "${name}" type: "DummyData" top: "x" top: "t" ${phase && `include { phase: ${phase} }`} }`;
const learned = `layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" }`;
const loss = `layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "l" }`;
const phases = (...parts: string[]) =>
  statesOf(netFromText(parts.join("\n"), "net.prototxt")).map(({ phase, stage }) =>
    [phase, ...stage].join(" ")
  );

Deno.test("a net that is the same in both phases runs in one: training if it has a loss", () => {
  assert.deepEqual(phases(data("d"), learned, loss), ["TRAIN"]);
  assert.deepEqual(phases(data("d"), learned), ["TEST"]);
});

Deno.test("a net whose phases differ runs in both, but not where it has no data or nothing to learn", () => {
  const both = [data("d", "TRAIN"), data("e", "TEST"), learned];
  assert.deepEqual(phases(...both, loss), ["TRAIN", "TEST"]);
  assert.deepEqual(phases(...both), ["TEST"]);
  assert.deepEqual(phases(data("d", "TRAIN"), learned, loss), ["TRAIN"]);
});

Deno.test("the first stage that a phase's layers need is given", () => {
  const staged =
    `layer { name: "e" type: "DummyData" top: "x" top: "t" include { phase: TEST stage: "val" } }`;
  assert.deepEqual(phases(data("d", "TRAIN"), staged, learned, loss), ["TRAIN", "TEST val"]);
});

Deno.test("a layer of type Script is a loss if its class is called one", () => {
  const script = (name: string) =>
    `layer { name: "l" type: "Script" bottom: "y" top: "l" script_param { module: "x.ts" layer: "${name}" } }`;
  assert.deepEqual(phases(data("d"), learned, script("MyLossLayer")), ["TRAIN"]);
  assert.deepEqual(phases(data("d"), learned, script("MyLayer")), ["TEST"]);
});
