import assert from "node:assert/strict";
import { CremaError } from "../../../base/mod.ts";
import { type DebugEvent, Solver, train, type TrainEvent, TrainRequests } from "../../../train/mod.ts";
import { tinyNet, tinySolver } from "../../e2e/tiny_net.ts";

type Fields = Record<string, string | number | boolean>;

/** Trains the tiny net in a temporary folder and returns all events. `on` may make requests in between. */
async function run(
  fields: Fields,
  on?: (event: TrainEvent, requests: TrainRequests) => void,
): Promise<TrainEvent[]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/net.prototxt`, tinyNet());
    const text = tinySolver({ display: 0, snapshot_prefix: `"${folder}/tiny"`, ...fields });
    using solver = await Solver.fromText(text, { file: `${folder}/solver.prototxt`, threads: 1 });
    const requests = new TrainRequests();
    const events: TrainEvent[] = [];
    for await (const event of train(solver, { requests })) {
      events.push(event);
      on?.(event, requests);
    }
    return events;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Short form of the events: type and iteration, without steps and the batches of tests. */
const brief = (events: TrainEvent[]) =>
  events.filter(({ type }) => type !== "step" && type !== "testBatch").map(({ type, iteration }) =>
    `${type} ${iteration}`
  );

const only = <T extends TrainEvent["type"]>(events: TrainEvent[], type: T) =>
  events.filter((event): event is TrainEvent & { type: T } => event.type === type);

Deno.test("tests, displays and snapshots come at the same time and in the same order as in Caffe", async () => {
  const events = await run({ max_iter: 8, test_iter: 2, test_interval: 4, display: 4, snapshot: 5 });
  assert.deepEqual(brief(events), [
    "start 0",
    "testStart 0",
    "test 0",
    "display 0",
    "testStart 4",
    "test 4",
    "display 4",
    "snapshot 5",
    "snapshot 8",
    "display 8",
    "testStart 8",
    "test 8",
    "done 8",
  ]);
  assert.deepEqual(only(events, "step").map(({ iteration }) => iteration), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(only(events, "display").map(({ final }) => final), [false, false, true]);
});

Deno.test("test_initialization, snapshot_after_train and an odd max_iter leave events out", async () => {
  const fields = { test_iter: 1, test_interval: 3, display: 3, test_initialization: false, max_iter: 4 };
  assert.deepEqual(brief(await run({ ...fields, snapshot_after_train: false })), [
    "start 0",
    "display 0",
    "testStart 3",
    "test 3",
    "display 3",
    "done 4",
  ]);
  // A snapshot that the interval has written is not written again at the end.
  assert.deepEqual(brief(await run({ max_iter: 4, snapshot: 2 })), [
    "start 0",
    "snapshot 2",
    "snapshot 4",
    "done 4",
  ]);
});

Deno.test("a display has the smoothed loss, the outputs and the learning rate of its iteration", async () => {
  const events = await run({
    max_iter: 9,
    display: 4,
    average_loss: 3,
    lr_policy: '"step"',
    stepsize: 4,
    gamma: 0.5,
  });
  const losses = only(events, "step").map(({ loss }) => loss);
  const [first, second, last] = only(events, "display");
  assert.ok(first !== undefined && second !== undefined && last !== undefined);
  assert.equal(first.loss, losses[0]);
  const mean = losses.slice(2, 5).reduce((sum, loss) => sum + loss, 0) / 3;
  assert.ok(Math.abs(second.loss - mean) < 1e-6);
  assert.deepEqual(second.scores, [{ name: "loss", index: 0, value: losses[4], lossWeight: 1 }]);
  assert.deepEqual(second.outputs, { loss: losses[4] });
  assert.equal(second.iterations, 4);
  assert.ok(Math.abs((first.learningRate ?? 0) - 0.05) < 1e-8);
  assert.ok(Math.abs((second.learningRate ?? 0) - 0.025) < 1e-8);
  assert.ok(Math.abs((last.learningRate ?? 0) - 0.0125) < 1e-8);
});

Deno.test("a test has the mean of each output, and its loss on request", async () => {
  const events = await run({ max_iter: 1, test_iter: 5, test_interval: 1, test_compute_loss: true });
  const [test] = only(events, "test");
  assert.deepEqual(test?.scores.map(({ name }) => name), ["accuracy", "loss"]);
  assert.ok(Math.abs((test?.loss ?? NaN) - (test?.outputs["loss"] ?? NaN)) < 1e-6);
  const accuracy = test?.outputs["accuracy"] ?? NaN;
  assert.ok(Number.isInteger(Math.round(accuracy * 80 * 1e4) / 1e4), "a mean over 5 batches of 16");
});

Deno.test("debug_info tells every blob on its way and the same losses as without", async () => {
  const fields = { max_iter: 3, display: 1, iter_size: 2, random_seed: 7 };
  const events = await run({ ...fields, debug_info: true });
  const plain = await run(fields);
  const losses = (all: TrainEvent[]) => only(all, "step").map(({ loss }) => loss);
  assert.deepEqual(losses(events), losses(plain));
  const debug = only(events, "debug").filter(({ iteration }) => iteration === 0);
  const text = ({ pass, layer, role, blob }: DebugEvent) => `${pass} ${layer} ${role} ${blob}`;
  assert.deepEqual(debug.slice(0, debug.length / 2).map(text), [
    "forward data top data",
    "forward data top label",
    "forward hidden top hidden",
    "forward hidden param 0",
    "forward hidden param 1",
    "forward relu top hidden",
    "forward drop top hidden",
    "forward score top score",
    "forward score param 0",
    "forward score param 1",
    "forward loss top loss",
    "backward loss bottom score",
    "backward score bottom hidden",
    "backward score param 0",
    "backward score param 1",
    "backward drop bottom hidden",
    "backward relu bottom hidden",
    "backward hidden param 0",
    "backward hidden param 1",
  ]);
  for (const { value } of debug) assert.ok(Number.isFinite(value) && value >= 0);
  assert.equal(only(events, "debugNorms").length, 6);
});

Deno.test("a request to stop ends training with a snapshot, and a snapshot request lets it go on", async () => {
  const events = await run(
    { max_iter: 100, display: 1, test_iter: 1, test_interval: 50 },
    (event, requests) => {
      if (event.type === "step" && event.iteration === 3) requests.ask("snapshot");
      if (event.type === "step" && event.iteration === 6) requests.ask("stop");
    },
  );
  const ends = brief(events).filter((text) => !/display|test/.test(text));
  assert.deepEqual(ends, ["start 0", "request 4", "snapshot 4", "request 7", "snapshot 7", "done 7"]);
  assert.equal(only(events, "done")[0]?.stoppedEarly, true);
  assert.equal(only(events, "test").length, 1);
});

Deno.test("a stop during a test interrupts the test and ends training", async () => {
  const events = await run({ max_iter: 9, test_iter: 4, test_interval: 3 }, (event, requests) => {
    if (event.type === "testStart" && event.iteration === 3) requests.ask("stop");
  });
  assert.deepEqual(brief(events).slice(-5), [
    "testStart 3",
    "request 3",
    "testInterrupted 3",
    "snapshot 3",
    "done 3",
  ]);
});

Deno.test("a missing snapshot folder is an error before the first iteration", async () => {
  let steps = 0;
  await assert.rejects(
    run(
      { snapshot_prefix: '"/no/such/folder/tiny"' },
      (event) => void (steps += event.type === "step" ? 1 : 0),
    ),
    (error: unknown) => error instanceof CremaError && /folder for snapshots/.test(error.message),
  );
  assert.equal(steps, 0);
});

Deno.test("the event loop gets its turn while training", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  try {
    const start = performance.now();
    // So many iterations that no timer would fire if the loop never yielded.
    await run({ max_iter: 1_000_000 }, (event, requests) => {
      if (event.type === "step" && performance.now() - start > 400) requests.ask("stop");
    });
    assert.ok(ticks >= 2, `${ticks} ticks`);
  } finally {
    clearInterval(timer);
  }
});

Deno.test("an aborted signal stops as a request does", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/net.prototxt`, tinyNet());
    const text = tinySolver({ max_iter: 1000, snapshot_prefix: `"${folder}/tiny"` });
    using solver = await Solver.fromText(text, { file: `${folder}/solver.prototxt`, threads: 1 });
    const abort = new AbortController();
    for await (const event of train(solver, { signal: abort.signal })) {
      if (event.type === "step" && event.iteration === 10) abort.abort();
    }
    assert.equal(solver.iteration, 11);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("two trainings never share a snapshot_prefix: the second is refused at its start", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/net.prototxt`, tinyNet());
    const text = tinySolver({ max_iter: 4, snapshot_prefix: `"${folder}/tiny"` });
    const make = () => Solver.fromText(text, { file: `${folder}/solver.prototxt`, threads: 1 });
    using first = await make();
    using second = await make();
    for await (const event of train(first)) {
      if (event.type !== "step" || event.iteration !== 2) continue;
      await assert.rejects(Array.fromAsync(train(second)), /another training that writes there, process \d+/);
    }
    assert.equal(second.iteration, 0);
    await Array.fromAsync(train(second));
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assert.deepEqual(names, ["net.prototxt", "tiny_iter_4.caffemodel", "tiny_iter_4.solverstate"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a net without a loss and a solver without max_iter are told, not trained in silence", async () => {
  const silent = (more: string) =>
    Solver.fromText(`base_lr: 0.1 lr_policy: "fixed" snapshot_after_train: false ${more}
      net_param { layer { name: "in" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 3 } } }
        layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2 } } }`);
  using solver = await silent("max_iter: 2");
  const warnings = only(await Array.fromAsync(train(solver)), "warning");
  assert.match(warnings.map(({ message }) => message).join(), /^No blob of the net has a loss_weight/);
  using endless = await silent("");
  await assert.rejects(
    Array.fromAsync(train(endless)),
    /Expected max_iter to say how long to train but found none/,
  );
  assert.equal((await Array.fromAsync(train(endless, { maxIteration: 1 }))).at(-1)?.type, "done");
});
