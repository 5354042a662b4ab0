import assert from "node:assert/strict";
import type { PlannedLayer } from "../../../ffi/host/plan_layers.ts";
import { solverFromText } from "../../../proto/mod.ts";
import { resolveEpochs } from "../../../train/epochs.ts";
import { Solver } from "../../../train/mod.ts";
import { numberedLmdb, temporaryFolder } from "../data/fixture.ts";

/** Layers that read batches of records, and one that reads none. */
const layers = (...records: [count: number, batchSize: number][]): PlannedLayer[] => [
  { param: {}, net: -1 },
  ...records.map(([count, batchSize]) => ({
    param: {},
    net: -1,
    records: { batchSize, count: () => count },
  })),
];

async function resolved(text: string, planned = layers([30, 4])) {
  const param = solverFromText(text, "s.prototxt");
  await resolveEpochs(param, planned);
  return [param.max_iter, param.test_interval];
}

Deno.test("epochs become iterations by the records of the train net's data, rounded up", async () => {
  assert.deepEqual(await resolved("epochs: 1"), [8, undefined]);
  assert.deepEqual(await resolved("epochs: 4"), [30, undefined]);
  assert.deepEqual(await resolved("epochs: 0.5"), [4, undefined]);
  assert.deepEqual(await resolved("epochs: 0.1", layers([100, 1])), [10, undefined]);
  assert.deepEqual(await resolved("epochs: 4 iter_size: 2"), [15, undefined]);
  assert.deepEqual(await resolved("epochs: 4 test_interval_epochs: 2"), [30, 15]);
  assert.deepEqual(await resolved("max_iter: 7 test_interval_epochs: 2"), [7, 15]);
  assert.deepEqual(await resolved("epochs: 2", layers([30, 4], [100, 10], [5, 5])), [20, undefined]);
  assert.deepEqual(await resolved("max_iter: 7", layers()), [7, undefined]);
});

Deno.test("epochs that can't be resolved are errors with file and line", async () => {
  const cases: [text: string, message: RegExp][] = [
    ["max_iter: 3\nepochs: 1", /^s\.prototxt:2:1: Expected max_iter or epochs but found both.*--epochs/],
    [
      "test_interval: 1 test_interval_epochs: 1",
      /Expected test_interval or test_interval_epochs but found both/,
    ],
    ["\nepochs: 0", /^s\.prototxt:2:1: Expected epochs to be above 0 .*found 0/],
    ["epochs: -1", /Expected epochs to be above 0/],
    ["epochs: 1e12", /below 2\^31 iterations/],
  ];
  for (const [text, message] of cases) await assert.rejects(resolved(text), { message });
  await assert.rejects(resolved("\nepochs: 2", layers()), {
    message:
      /^s\.prototxt:2:1: Expected a data layer .*is known, for epochs, but found none\. Give max_iter instead\.$/,
  });
});

Deno.test("a solver counts the records of its database, and lr_policy knows its end", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 30);
  using solver = await Solver.fromText(
    `net_param {
      layer { name: "data" type: "Data" top: "x" data_param { source: "${folder.path}/db" batch_size: 4 backend: LMDB } }
      layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" loss_weight: 1 inner_product_param { num_output: 1 } }
    } base_lr: 0.1 lr_policy: "cosine" max_iter: 1000`,
    { threads: 1, epochs: 4 },
  );
  assert.equal(solver.param.max_iter, 30);
  assert.equal(solver.learningRate, Math.fround(0.1));
});
