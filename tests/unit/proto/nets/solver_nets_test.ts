import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import type { NetParameter } from "../../../../proto/messages.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { readSolver, solverFromText } from "../../../../proto/nets/read_solver.ts";
import { solverNets } from "../../../../proto/nets/solver_nets.ts";
import { fixture, fixtureText } from "../fixture.ts";

const read: string[] = [];

/** Stands for the disk: a net is named after its path and has a layer for each phase. */
function readNet(path: string): Promise<NetParameter> {
  read.push(path);
  return Promise.resolve(netFromText(
    `name: "${path}"
     layer { name: "train" include { phase: TRAIN } }
     layer { name: "test" include { phase: TEST } }
     layer { name: "extra" include { stage: "extra" } }`,
    path,
  ));
}

async function nets(text: string) {
  read.length = 0;
  const found = await solverNets(solverFromText(text, "solver.prototxt"), { readNet });
  const brief = (net: NetParameter) => `${net.name}: ${net.layer!.map((layer) => layer.name).join(" ")}`;
  return {
    ...found,
    train: brief(found.train),
    tests: found.tests.map(brief),
    trainState: found.train.state,
  };
}

Deno.test("one net for training and testing", async () => {
  const found = await nets('net: "a" test_iter: 10 test_iter: 20 test_interval: 5');
  assert.equal(found.train, "a: train");
  assert.deepEqual(found.tests, ["a: test", "a: test"]);
  assert.equal(found.trainSource, "net file: a");
  assert.deepEqual(found.testSources, ["net file: a", "net file: a"]);
  assert.deepEqual(read, ["a"]);
});

Deno.test("a net without tests", async () => {
  const found = await nets('train_net: "a"');
  assert.equal(found.train, "a: train");
  assert.deepEqual(found.tests, []);
  assert.deepEqual(found.trainState, { phase: "TRAIN" });
});

Deno.test("test nets come in Caffe's order: in place, from files, and the common net for what is left", async () => {
  const found = await nets(`
    net_param { name: "common" layer { name: "l" } }
    test_net: "file" test_net_param { name: "place" layer { name: "l" } }
    test_iter: [1, 2, 3, 4] test_interval: 1`);
  assert.equal(found.train, "common: l");
  assert.deepEqual(found.tests, ["place: l", "file: test", "common: l", "common: l"]);
  assert.deepEqual(found.testSources, ["test_net_param", "test_net file: file", "net_param", "net_param"]);
});

Deno.test("states are merged: phase by use, then the net's own, then the solver's; stages are appended", async () => {
  const found = await solverNets(
    solverFromText(`
      train_net_param { state { level: 1 stage: "own" } layer { name: "a" } }
      train_state { level: 2 stage: "extra" }
      test_net: "t" test_net: "u" test_iter: 1 test_iter: 1 test_interval: 1
      test_state { stage: "extra" } test_state { phase: TRAIN }`),
    { readNet },
  );
  assert.deepEqual(found.train.state, { phase: "TRAIN", level: 2, stage: ["own", "extra"] });
  assert.deepEqual(found.tests[0]!.layer!.map((layer) => layer.name), ["test", "extra"]);
  assert.deepEqual(found.tests[1]!.layer!.map((layer) => layer.name), ["train"]);
});

Deno.test("by default files are read with readNet, relative to the working directory", async () => {
  const solver = await readSolver(fixture("solver.prototxt"));
  const { train, tests } = await solverNets({ ...solver, net: fixture("lenet_train_test.prototxt") });
  assert.equal(train.layer!.length, 6);
  assert.equal(tests[0]!.layer!.length, 7);
  assert.ok(fixtureText("solver.prototxt").includes('net: "lenet_train_test.prototxt"'));
  await assert.rejects(solverNets(solver), /Expected a net file but found no such file/);
});

const REFUSED: [string, string][] = [
  [
    "base_lr: 1",
    "1:1: Expected one of net, net_param, train_net, train_net_param but found none. A solver trains one net.",
  ],
  [
    'net: "a"\ntrain_net: "b"',
    "2:1: Expected one of net, net_param, train_net, train_net_param but found net and train_net. A solver trains one net.",
  ],
  [
    'train_net: "a"\ntest_iter: 3',
    "2:1: Expected a test_iter for each of 0 test nets but found 1",
  ],
  [
    'net: "a" test_net: "b" test_net: "c"\ntest_iter: 3',
    "2:1: Expected a test_iter for each of 2 test nets but found 1",
  ],
  [
    'net: "a" test_iter: [1, 2] test_interval: 1\ntest_state {}',
    "2:1: Expected no test_state or one for each of 2 test nets but found 1",
  ],
  [
    'net: "a"\ntest_iter: 3',
    "2:1: Expected test_interval to be above 0 for 1 test nets but found 0. Without test_iter nothing is tested.",
  ],
  [
    'train_net: "a" test_net: "b" test_iter: 3\ntest_interval: -1',
    "2:1: Expected test_interval to be above 0 for 1 test nets but found -1",
  ],
];

for (const [text, message] of REFUSED) {
  Deno.test(`refused: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(nets(text), (error) => {
      assert.ok(error instanceof CremaError);
      assert.equal(error.message, `solver.prototxt:${message}`);
      return true;
    });
  });
}
