import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { makeInferenceNet, takesImages } from "../../../bench/inference_net.ts";
import { findPyTorch, PyTorchNet } from "../../../bench/pytorch.ts";
import { torchLayers } from "../../../bench/torch_layers.ts";
import { Engine } from "../../../ffi/mod.ts";
import { Net } from "../../../net/mod.ts";
import { type NetParameter, readNet } from "../../../proto/mod.ts";

const models = fileURLToPath(new URL("../../../models/", import.meta.url));
const names = [...Deno.readDirSync(models)].map(({ name }) => name)
  .filter((name) => existsSync(`${models}${name}/time.prototxt`)).sort();
const torch = await findPyTorch();
const ONE_THREAD = { threads: 1 };
const without = { ignore: torch === undefined };

/** A model on two made-up images, or four where they are pairs, with parameters that cost no time to fill. */
async function smallNet(name: string): Promise<Net> {
  const param: NetParameter = await readNet(`${models}${name}/time.prototxt`);
  for (const layer of param.layer ?? []) {
    for (const { dim } of layer.dummy_data_param?.shape ?? []) {
      if (dim !== undefined && dim.length > 0) dim[0] = name === "mnist_siamese" ? 4 : 2;
    }
    for (const message of [layer.convolution_param, layer.inner_product_param]) delete message?.weight_filler;
  }
  return await Net.create(param, { phase: "TRAIN", seed: 1 });
}

Deno.test({
  name: "PyTorch computes every model with the same blobs and parameters",
  ...without,
  fn: async (test) => {
    // One process for all of them: to import torch takes longer than a pass.
    await using theirs = await PyTorchNet.create(torch!.python, [], ONE_THREAD);
    for (const name of names) {
      await test.step(name, async () => {
        using net = await smallNet(name);
        net.forward();
        await theirs.rebuild(torchLayers(net), ONE_THREAD);
        const { shapes, parameters, loss } = await theirs.shapes();
        assert.ok(Number.isFinite(loss), `${loss}`);
        for (const [blob, { shape }] of net.blobs) {
          // The engine's own Split layers are not in the prototxt.
          if (!/_split_\d+$/.test(blob)) assert.deepEqual([blob, shapes[blob]], [blob, [...shape]]);
        }
        // BatchNorm's statistics are no parameters in PyTorch, and its LSTM has a second bias.
        const ours = net.handle.learnable.reduce((sum, { blob }) => sum + blob.count, 0) - statistics(net) +
          sum(net, "LSTM", ([, bias]) => bias!.count);
        assert.equal(parameters, ours);
      });
    }
  },
});

Deno.test({
  name: "PyTorch evaluates every deployment net with the same outputs and parameters",
  ...without,
  fn: async (test) => {
    await using theirs = await PyTorchNet.create(torch!.python, [], ONE_THREAD);
    for (const name of names) {
      const file = `${models}${name}/deploy.prototxt`;
      // PyTorch has no DetectionOutput. The other two are as caffenet, and take long to fill.
      if (!existsSync(file) || ["ssd_small", "alexnet", "vgg16"].includes(name)) continue;
      if (!takesImages(await readNet(file))) continue;
      await test.step(name, async () => {
        using net = await makeInferenceNet(file, { engine: Engine.open("embedded"), batch: 1 });
        await theirs.rebuild(torchLayers(net), { ...ONE_THREAD, evaluate: true });
        const { shapes, parameters } = await theirs.shapes();
        for (const output of net.outputs) assert.deepEqual(shapes[output], [...net.blob(output).shape]);
        const ours = net.handle.learnable.reduce((sum, { blob }) => sum + blob.count, 0) - statistics(net);
        assert.equal(parameters, ours);
      });
    }
  },
});

Deno.test({
  name: "PyTorch evaluates with fixed statistics, without dropout, and writes over no value that is needed",
  ...without,
  fn: async () => {
    const eltwise = (bottoms: string[], top: string) => ({ type: "Eltwise", bottom: bottoms, top: [top] });
    const layers = [
      { type: "Values", top: ["x"], shapes: [[1, 4]], values: [bytes([-1, 2, 3, 4])] },
      { type: "BatchNorm", bottom: ["x"], top: ["bn"] },
      { type: "Dropout", bottom: ["bn"], top: ["bn"] },
      { type: "ReLU", bottom: ["bn"], top: ["relu"] }, // `bn` is needed below
      eltwise(["bn", "relu"], "sum"), // 2x, but -1 of the first
      eltwise(["sum", "x"], "all"), // 3x, but -2
      { type: "Values", top: ["zero"], shapes: [[1, 4]], values: [bytes([0, 0, 0, 0])] },
      { type: "EuclideanLoss", bottom: ["all", "zero"], top: ["loss"] },
    ];
    await using net = await PyTorchNet.create(torch!.python, layers, { ...ONE_THREAD, evaluate: true });
    for (let pass = 0; pass < 2; pass++) {
      const { loss } = await net.shapes();
      const expected = (4 + 36 + 81 + 144) / 2;
      assert.ok(Math.abs(loss / expected - 1) < 1e-4, `${loss} ${expected}`); // epsilon is 1e-5
    }
    const { forward_ms, backward_ms, update_ms } = await net.run(3);
    assert.deepEqual([forward_ms.length, backward_ms, update_ms], [3, [], []]);
    const types = await net.layerTypes(2);
    assert.deepEqual(Object.keys(types), ["BatchNorm", "Dropout", "ReLU", "Eltwise", "EuclideanLoss"]);
    assert.equal(types.ReLU!.length, 2);
  },
});

Deno.test({
  name: "PyTorch says which layer it can't express",
  ...without,
  fn: async () => {
    await assert.rejects(
      PyTorchNet.create(torch!.python, [{ type: "NoSuchLayer", top: ["x"] }], ONE_THREAD),
      /no layer type NoSuchLayer/,
    );
  },
});

Deno.test({
  name: "PyTorch adds losses up as loss_weight says",
  ...without,
  fn: async () => {
    const layers = [
      { type: "Values", top: ["x"], shapes: [[2, 2]], values: [bytes([1, 2, 3, 4])] },
      { type: "Values", top: ["zero"], shapes: [[2, 2]], values: [bytes([0, 0, 0, 0])] },
      { type: "InnerProduct", bottom: ["zero"], top: ["y"], inner_product_param: { num_output: 2 } },
      { type: "EuclideanLoss", bottom: ["x", "zero"], top: ["a"], loss_weight: [0] },
      { type: "EuclideanLoss", bottom: ["x", "zero"], top: ["b"], loss_weight: [0.5] },
      { type: "EuclideanLoss", bottom: ["y", "zero"], top: ["c"] },
    ];
    await using net = await PyTorchNet.create(torch!.python, layers, ONE_THREAD);
    const { shapes, parameters, loss } = await net.shapes();
    assert.deepEqual(shapes.y, [2, 2]);
    assert.equal(parameters, 6);
    assert.equal(loss, 0.5 * (1 + 4 + 9 + 16) / 4); // of `b`; `y` is 0
  },
});

Deno.test({
  name: "PyTorch's loss of boxes is the layer's",
  ...without,
  fn: async () => {
    const [items, classes] = [2, 3];
    const priors = [
      ...[0, 0, 0.5, 0.5, 0.2, 0.1, 0.7, 0.8, 0.5, 0.5, 1, 1, 0.25, 0.1, 0.7, 0.9, 0.6, 0.1, 0.9, 0.3],
      ...Array.from({ length: 20 }, (_, i) => i % 4 < 2 ? 0.1 : 0.2),
    ];
    const objects = [
      ...[0, 1, 0, 0.05, 0.02, 0.45, 0.55, 0],
      ...[0, 2, 0, 0.55, 0.5, 0.95, 0.9, 0],
      ...[1, 1, 0, 0.2, 0.15, 0.7, 0.85, 0],
    ];
    const inputs: [string, number[], number[]][] = [
      ["loc", [items, 20], Array.from({ length: 40 }, (_, i) => Math.sin(i))],
      ["conf", [items, 5 * classes], Array.from({ length: 30 }, (_, i) => Math.cos(3 * i))],
      ["priors", [1, 2, 20], priors],
      ["objects", [1, 1, 3, 8], objects],
    ];
    const param = { num_classes: classes, code_type: "CENTER_SIZE", neg_pos_ratio: 1 };
    using net = await Net.fromText(
      `${
        inputs.map(([name, shape]) =>
          `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${
            shape.map((size) => `dim: ${size}`).join(" ")
          } } } }`
        ).join("\n")
      }
       layer { name: "loss" type: "MultiBoxLoss" ${
        inputs.map(([name]) => `bottom: "${name}"`).join(" ")
      } top: "loss"
         multibox_loss_param { num_classes: 3 code_type: CENTER_SIZE neg_pos_ratio: 1 } }`,
      { phase: "TRAIN" },
    );
    const { loss } = net.forward({
      inputs: Object.fromEntries(inputs.map(([name, , values]) => [name, Float32Array.from(values)])),
    });
    const layers = [
      // Something to have a gradient of, which adds nothing.
      { type: "Values", top: ["x"], shapes: [[1, 1]], values: [bytes([0])] },
      { type: "InnerProduct", bottom: ["x"], top: ["y"], inner_product_param: { num_output: 1 } },
      { type: "EuclideanLoss", bottom: ["y", "x"], top: ["e"] },
      ...inputs.map(([name, shape, values]) => ({
        type: "Values",
        top: [name],
        shapes: [shape],
        values: [bytes(values)],
      })),
      {
        type: "MultiBoxLoss",
        bottom: inputs.map(([name]) => name),
        top: ["loss"],
        multibox_loss_param: param,
      },
    ];
    await using theirs = await PyTorchNet.create(torch!.python, layers, ONE_THREAD);
    const found = (await theirs.shapes()).loss;
    assert.ok(Math.abs(found - loss![0]!) < 1e-4 * found, `${found} ${loss![0]}`);
  },
});

function bytes(values: readonly number[]): string {
  return btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(values).buffer)));
}

function sum(
  net: Net,
  type: string,
  of: (params: Net["handle"]["layers"][number]["params"]) => number,
): number {
  return net.handle.layers.filter((layer) => layer.type === type).reduce(
    (total, { params }) => total + of(params),
    0,
  );
}

function statistics(net: Net): number {
  return sum(net, "BatchNorm", (params) => params.reduce((total, { count }) => total + count, 0));
}
