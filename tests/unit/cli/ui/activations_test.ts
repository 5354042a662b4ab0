import assert from "node:assert/strict";
import { drawBlob } from "../../../../cli/ui/activations.ts";
import { LiveTraining } from "../../../../cli/ui/live_training.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { Solver, train, TrainRequests } from "../../../../train/mod.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

// Dropout draws random numbers in training: what is shown may draw none of them.
const NET = `
  layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
    shape { dim: 4 dim: 1 dim: 6 dim: 6 } shape { dim: 4 }
    data_filler { type: "gaussian" } data_filler { type: "constant" value: 1 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 5 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
  layer { name: "drop" type: "Dropout" bottom: "conv" top: "drop" dropout_param { dropout_ratio: 0.5 } }
  layer { name: "ip" type: "InnerProduct" bottom: "drop" top: "ip"
    inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;

/** Trains, and calls `look` after each test and step; returns the parameters and the tests' outputs. */
async function trained(
  engine: string,
  isLive: boolean,
  hasTest: boolean,
  look: (live: LiveTraining, solver: Solver) => Promise<void> = async () => {},
) {
  const test = hasTest ? { test_iter: [2], test_interval: 2 } : {};
  const param = {
    base_lr: 0.1,
    lr_policy: "fixed",
    max_iter: 5,
    random_seed: 3,
    snapshot_after_train: false,
  };
  const netOptions = { engine, compute: { recycle: true } };
  using solver = await Solver.create({ ...param, ...test, net_param: netFromText(NET) }, netOptions);
  const live = isLive ? new LiveTraining(solver, new TrainRequests(), { netOptions }) : undefined;
  const events = train(solver), outputs: unknown[] = [];
  for await (const event of live?.record(events) ?? events) {
    if (event.type === "test") outputs.push(event.outputs);
    if (live !== undefined && (event.type === "test" || event.type === "step")) await look(live, solver);
  }
  return {
    outputs,
    params: [...solver.net.params].map(([, blobs]) => blobs.map((blob) => [...blob.read()])),
  };
}

/** Looks at activations and cells while it trains, and compares with a training that nobody looks at. */
async function compareWatched(engine: string): Promise<void> {
  for (const hasTest of [true, false]) {
    let looks = 0;
    const watched = await trained(engine, true, hasTest, async (live) => {
      const { blobs, samples } = live.samples();
      if (samples.length === 0) return;
      looks++;
      assert.deepEqual(blobs, ["conv", "drop", "ip", ...hasTest ? ["accuracy"] : [], "loss"]);
      assert.equal(samples.length, 4);
      for (const blob of ["conv", "ip"]) await live.activations(samples[1]!.key, blob);
      for (const [label, guess] of live.confusion()?.mistakes ?? []) live.cell(label, guess);
    });
    assert.ok(looks >= 5, `${looks}`);
    assert.deepEqual(watched, await trained(engine, false, hasTest));
  }
}

const NOTHING = "looking at activations and cells changes nothing of a training";
Deno.test(NOTHING, () => compareWatched("embedded"));
libcaffeTest(`${NOTHING} with libcaffe`, () => compareWatched("libcaffe"));

Deno.test("activations are those of the chosen image, with the parameters as they are now", async () => {
  await trained("embedded", true, true, async (live, solver) => {
    const { samples } = live.samples(), net = solver.testNets[0]!;
    const whole = [...net.blob("data").read()];
    const image = whole.slice(2 * 36, 3 * 36);
    const { shape, values } = await live.activations(samples[2]!.key, "ip");
    assert.deepEqual(shape, [1, 3]);
    // By hand: convolution, rectifier, inner product.
    const [weights, bias] = solver.net.params.get("conv")!.map((blob) => blob.read());
    const conv: number[] = [];
    for (let c = 0; c < 5; c++) {
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) {
          let sum = bias![c]!;
          for (let i = 0; i < 9; i++) {
            sum += weights![c * 9 + i]! * image[(y + Math.floor(i / 3)) * 6 + x + i % 3]!;
          }
          conv.push(Math.max(0, sum));
        }
      }
    }
    const [matrix, offset] = solver.net.params.get("ip")!.map((blob) => blob.read());
    const expected = [0, 1, 2].map((o) =>
      offset![o]! + conv.reduce((sum, x, i) => sum + x * matrix![o * 80 + i]!, 0)
    );
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(value - values![i]!) < 1e-4, `${value} ${values![i]}`);
    }
    await assert.rejects(
      () => live.activations(samples[2]!.key, "ips"),
      /Expected a blob of the net but found 'ips'/,
    );
    await assert.rejects(() => live.activations("batch-0-0", "ip"), /Expected an image that is listed/);
  });
});

Deno.test("a cell of the confusion matrix has the images that were counted there", async () => {
  let looked = 0;
  await trained("embedded", true, true, async (live) => {
    const view = live.confusion();
    if (view === undefined || looked++ > 0) return;
    // Every label is 1, and a test has two batches of four.
    const row = view.counts![1]!;
    assert.equal(row.reduce((a, b) => a + b), 8);
    for (const [guess, count] of row.entries()) {
      const images = live.cell(1, guess);
      assert.equal(images.length, Math.min(count, guess === 1 ? 4 : 12));
      for (const { label, guess: taken, width, height } of images) {
        assert.deepEqual([label, taken, width, height], ["1", String(guess), 6, 6]);
      }
      if (images[0] === undefined) continue;
      // The net says of the image what it said in the test, unless it has learned since.
      const { values } = await live.activations(images[0].key, "ip");
      assert.equal(values!.indexOf(Math.max(...values!)), guess);
    }
    assert.deepEqual(live.cell(0, 0), []);
    assert.deepEqual(view.mistakes.map(([label, guess]) => [label, guess]).every(([l, g]) => l !== g), true);
  });
  assert.ok(looked > 0);
});

Deno.test("a blob is drawn as a sheet of maps: large ones smaller, vectors as a row or a rectangle", () => {
  const sizeOf = (shape: number[], fill = (i: number) => i) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const view = drawBlob("b", shape, Float32Array.from({ length: count }, (_, i) => fill(i)));
    const png = new DataView(Uint8Array.fromBase64(view.png).buffer);
    return { width: png.getUint32(16), height: png.getUint32(20), view };
  };
  const { width, height, view } = sizeOf([1, 4, 3, 3]);
  assert.deepEqual([width, height, view.low, view.high], [7, 7, 0, 35]);
  assert.deepEqual([sizeOf([1, 10]).width, sizeOf([1, 10]).height], [10, 1]);
  assert.deepEqual([sizeOf([1, 500]).width, sizeOf([1, 500]).height], [25, 20]);
  const large = sizeOf([1, 64, 300, 300]);
  assert.ok(large.width * large.height < 1.3 * 2 ** 20, `${large.width} ${large.height}`);
  const odd = sizeOf([1, 2], (i) => i === 0 ? NaN : 3).view;
  assert.deepEqual([odd.notFinite, odd.low, odd.high], [1, 3, 3]);
  assert.deepEqual(sizeOf([]).view.values, [0]);
  assert.equal(sizeOf([1, 0]).view.high, 0);
});
