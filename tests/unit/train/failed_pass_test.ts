import assert from "node:assert/strict";
import { CremaError } from "../../../base/mod.ts";
import { Solver, train, type TrainEvent } from "../../../train/mod.ts";
import { tinyNet, tinySolver } from "../../e2e/tiny_net.ts";
import { numbered, temporaryFolder, writeLmdb } from "../data/fixture.ts";

/** Trains until an error or the end. Returns the events, and the error. */
async function trainUntilError(
  solver: Solver,
  on: (event: TrainEvent) => void = () => {},
): Promise<{ events: TrainEvent[]; error: unknown }> {
  const events: TrainEvent[] = [];
  try {
    for await (const event of train(solver)) {
      events.push(event);
      on(event);
    }
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

const brief = (events: TrainEvent[]) =>
  events.filter(({ type }) => type !== "step").map(({ type, iteration }) => `${type} ${iteration}`);

/** Two Data layers: the first reads a database that stays whole, the second the one that does not. */
const NET = `
layer { name: "whole" type: "Data" top: "a" top: "label"
  data_param { source: "whole" batch_size: 4 backend: LMDB prefetch: 1 } transform_param { scale: 0.01 } }
layer { name: "cut" type: "Data" top: "b"
  data_param { source: "cut" batch_size: 4 backend: LMDB prefetch: 1 } transform_param { scale: 0.004 } }
layer { name: "from_a" type: "InnerProduct" bottom: "a" top: "from_a"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layer { name: "from_b" type: "InnerProduct" bottom: "b" top: "from_b"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layer { name: "sum" type: "Eltwise" bottom: "from_a" bottom: "from_b" top: "score" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }`;

Deno.test("a database truncated during training ends it with a snapshot, and resuming loses nothing", async () => {
  using folder = temporaryFolder();
  writeLmdb(`${folder.path}/whole`, Array.from({ length: 30 }, (_, i) => numbered(i)));
  const records = Array.from({ length: 400 }, (_, i) => numbered(i, 1, 64, 60));
  const file = `${writeLmdb(`${folder.path}/cut`, records)}/data.mdb`;
  const bytes = Deno.readFileSync(file);
  Deno.writeTextFileSync(`${folder.path}/net.prototxt`, NET);
  const make = (prefix: string) =>
    Solver.fromText(
      tinySolver({
        max_iter: 120,
        display: 0,
        random_seed: 5,
        snapshot_prefix: `"${folder.path}/${prefix}"`,
      }),
      { file: `${folder.path}/solver.prototxt`, threads: 1 },
    );
  const weightsOf = (solver: Solver) => solver.net.handle.save(false);

  using straight = await make("straight");
  await straight.solve();

  using failing = await make("failing");
  const { events, error } = await trainUntilError(failing, ({ type, iteration }) => {
    if (type === "step" && iteration === 1) Deno.truncateSync(file, 2 * 4096);
  });
  assert.ok(error instanceof CremaError);
  assert.match(error.message, /layer 'cut': .*on page \d+ of '.*data\.mdb' but found .*truncated: copy it/);
  const { iteration } = failing;
  assert.ok(iteration > 1 && iteration < 100, `${iteration}`);
  assert.deepEqual(brief(events), ["start 0", `snapshot ${iteration}`]);

  Deno.writeFileSync(file, bytes);
  using resumed = await make("failing");
  await resumed.solve({ resume: `${folder.path}/failing_iter_${iteration}.solverstate` });
  assert.equal(resumed.iteration, 120);
  assert.deepEqual(weightsOf(resumed), weightsOf(straight));
});

/** Trains the tiny net; the pass of iteration `failsAt` throws. */
async function failAt(
  failsAt: number,
  fields: Record<string, string | number | boolean> = {},
  on?: (event: TrainEvent, folder: string) => void,
): Promise<TrainEvent[]> {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/snapshots`);
  Deno.writeTextFileSync(`${folder.path}/net.prototxt`, tinyNet());
  const prefix = `"${folder.path}/snapshots/tiny"`;
  using solver = await Solver.fromText(tinySolver({ display: 0, snapshot_prefix: prefix, ...fields }), {
    file: `${folder.path}/solver.prototxt`,
    threads: 1,
  });
  using _callback = solver.addCallback({
    onStart() {
      if (solver.iteration === failsAt) throw new Error("boom");
    },
  });
  const { events, error } = await trainUntilError(solver, (event) => on?.(event, folder.path));
  assert.equal((error as Error).message, "boom");
  return events;
}

Deno.test("a failed pass is followed by a snapshot only when that saves something", async () => {
  assert.deepEqual(brief(await failAt(3)), ["start 0", "snapshot 3"]);
  assert.deepEqual(brief(await failAt(0)), ["start 0"]);
  assert.deepEqual(brief(await failAt(4, { snapshot: 2 })), ["start 0", "snapshot 2", "snapshot 4"]);
  assert.deepEqual(brief(await failAt(5, { snapshot: 2 })), [
    "start 0",
    "snapshot 2",
    "snapshot 4",
    "snapshot 5",
  ]);
  assert.deepEqual(brief(await failAt(3, { snapshot_after_train: false })), ["start 0"]);
});

Deno.test("the error of a failed pass is thrown although the snapshot cannot be written", async () => {
  const events = await failAt(3, {}, (event, folder) => {
    if (event.type === "step" && event.iteration === 2) {
      Deno.removeSync(`${folder}/snapshots`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/snapshots`, "");
    }
  });
  assert.deepEqual(brief(events), ["start 0", "warning 3"]);
  const warning = events.at(-1)!;
  assert.ok(warning.type === "warning");
  assert.match(warning.message, /No snapshot of iteration 3 could be written: .*snapshots/);
});
