import assert from "node:assert/strict";
import { LayerClock } from "../../../../cli/ui/layer_times.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { Solver } from "../../../../train/mod.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

const NET = `
  layer { name: "data" type: "DummyData" top: "data" dummy_data_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 }
    data_filler { type: "gaussian" } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" }
  layer { name: "scale" type: "Scale" bottom: "norm" top: "norm" }
  layer { name: "relu" type: "ReLU" bottom: "norm" top: "norm" }
  layer { name: "loss" type: "Reduction" bottom: "norm" top: "loss" loss_weight: 1 }`;

/** Steps of a training, with a look at the clock after each if asked. Returns what it learned and the last look. */
async function steps(engine: string, looks: boolean) {
  const param = { base_lr: 0.1, lr_policy: "fixed", max_iter: 9, random_seed: 3 };
  using solver = await Solver.create({ ...param, net_param: netFromText(NET) }, { engine });
  const clock = new LayerClock(solver);
  const first = clock.view();
  for (let i = 0; i < 6; i++) {
    solver.step(1);
    if (looks) clock.view();
  }
  const view = clock.view(), { seconds } = solver.net.handle;
  return { first, view, seconds, params: [...solver.net.params].map(([, [blob]]) => [...blob!.read()]) };
}

/** What holds of any engine's times. */
async function checkTimes(engine: string): Promise<string[][]> {
  const { first, view, seconds, params } = await steps(engine, true);
  assert.deepEqual(first, { iterations: 0, layers: [] });
  assert.equal(view.iterations, 6);
  const names = view.layers.map(({ layers }) => layers);
  assert.equal(names.flat().length, seconds.forward.length);
  assert.ok(view.layers.every(({ forward, backward }) => forward > 0 && backward >= 0));
  const sum = (values: number[]) => values.reduce((a, b) => a + b);
  assert.ok(Math.abs(sum(view.layers.map(({ share }) => share)) - 1) < 1e-6);
  // All time that was measured is shown, in milliseconds of an iteration.
  const shown = sum(view.layers.map(({ forward, backward }) => forward + backward));
  const all = 1000 * (sum([...seconds.forward]) + sum([...seconds.backward])) / 6;
  assert.ok(Math.abs(shown - all) < 1e-6 * all, `${shown} ${all}`);
  assert.deepEqual((await steps(engine, false)).params, params);
  return names;
}

Deno.test("the times of layers are those of the training's own passes, of fused layers as one", async () => {
  assert.deepEqual(await checkTimes("embedded"), [["data"], ["conv"], ["norm", "scale", "relu"], ["loss"]]);
});

libcaffeTest("libcaffe measures its layers one by one", async () => {
  assert.deepEqual(await checkTimes("libcaffe"), [["data"], ["conv"], ["norm"], ["scale"], ["relu"], [
    "loss",
  ]]);
});
