// The models that net.ts describes: their files are current, and their layers those of the published networks.

import assert from "node:assert/strict";
import { join } from "node:path";
import { modelFiles } from "../../../models/mod.ts";
import { Net } from "../../../net/mod.ts";
import { filterNet, type NetParameter, readNet, readSolver } from "../../../proto/mod.ts";
import { generatedModels } from "../../../tools/generate_models.ts";
import { root } from "../../../tools/root.ts";
import { countOf, inferShapes } from "./infer_shapes.ts";
// Layer name and shapes of all networks below, from BVLC/caffe, KaimingHe/deep-residual-networks,
// HolmesShuan/ResNet-18-Caffemodel-on-ImageNet, forresti/SqueezeNet, shicai/MobileNet-Caffe,
// shicai/DenseNet-Caffe and the gist ksimonyan/211839e770f7b538e2d8: what fits their caffemodels.
import published from "./published_parameters.json" with { type: "json" };

const readme = await Deno.readTextFile(join(root, "models/README.md"));

for (const model of generatedModels) {
  const folder = join(root, "models", model.folder);

  Deno.test(`models/${model.folder} has the files that its net.ts describes`, async () => {
    for (const [name, text] of Object.entries(modelFiles(model))) {
      const found = await Deno.readTextFile(join(folder, name));
      assert.equal(found, text, `${model.folder}/${name} is not current: run \`deno task models\``);
    }
  });
}

/** Networks on ImageNet, by folder: learned parameters (not BatchNorm's statistics) and MACs per image. */
const imagenet: Record<string, { parameters: number; macs: number; output: string; shape: number[] }> = {
  alexnet: { parameters: 60_965_224, macs: 724_406_816, output: "prob", shape: [1, 1000] },
  caffenet: { parameters: 60_965_224, macs: 724_406_816, output: "prob", shape: [1, 1000] },
  densenet121: { parameters: 7_978_856, macs: 2_834_161_664, output: "fc6", shape: [1, 1000, 1, 1] },
  googlenet: { parameters: 6_998_552, macs: 1_582_671_872, output: "prob", shape: [1, 1000] },
  mobilenet_v1: { parameters: 4_231_976, macs: 568_740_352, output: "prob", shape: [1, 1000, 1, 1] },
  resnet18: { parameters: 11_693_736, macs: 1_826_918_400, output: "prob", shape: [1, 1000] },
  resnet50: { parameters: 25_557_096, macs: 3_857_973_248, output: "prob", shape: [1, 1000] },
  squeezenet: { parameters: 1_235_496, macs: 387_747_520, output: "prob", shape: [1, 1000, 1, 1] },
  vgg16: { parameters: 138_357_544, macs: 15_470_264_320, output: "prob", shape: [1, 1000] },
};

/** What training changes: all but the statistics that BatchNorm gathers. */
function learned(net: NetParameter): number {
  const statistics = new Set((net.layer ?? []).filter(({ type }) => type === "BatchNorm").map((l) => l.name));
  return Array.from(inferShapes(net).parameters).filter(([name]) => !statistics.has(name))
    .flatMap(([, shapes]) => shapes).reduce((sum, shape) => sum + countOf(shape), 0);
}

for (const [model, { parameters, macs, output, shape }] of Object.entries(imagenet)) {
  const folder = join(root, "models", model);

  Deno.test(`models/${model} has the published network's parameters, shapes and cost`, async () => {
    const net = await readNet(join(folder, "deploy.prototxt"));
    const inferred = inferShapes(net);
    assert.equal(learned(net), parameters);
    assert.equal(inferred.macs, macs);
    assert.deepEqual(inferred.blobs.get(output), shape);
    assert.equal(net.layer!.at(-1)!.top![0], output);
    const found = Object.fromEntries(
      Array.from(
        inferred.parameters,
        ([name, shapes]) => [name, shapes.map((each) => each.join("x")).join(" ")],
      ),
    );
    assert.deepEqual(found, published[model as keyof typeof published]);
  });

  Deno.test(`models/${model} trains, tests and times the layers of its deploy.prototxt`, async () => {
    const read = (name: string) => readNet(join(folder, `${name}.prototxt`));
    const [train, deploy, time] = [await read("net"), await read("deploy"), await read("time")];
    const layersOf = (net: NetParameter, phase: "TRAIN" | "TEST") => filterNet(net, { phase }).layer ?? [];
    const names = (net: NetParameter, phase: "TRAIN" | "TEST") =>
      layersOf(net, phase).map(({ name, type, bottom, top }) =>
        ["Data", "DummyData"].includes(type ?? "") ? "data" : `${type} ${name}: ${bottom} -> ${top}`
      );
    for (const phase of ["TRAIN", "TEST"] as const) {
      assert.deepEqual(names(time, phase), names(train, phase));
      const inNet = new Set(names(train, phase));
      const missing = names(deploy, "TEST").filter((layer) =>
        !/^(Input|Softmax) /.test(layer) && !inNet.has(layer)
      );
      assert.deepEqual(missing, []);
    }
    assert.ok(layersOf(train, "TRAIN").some(({ type }) => type === "SoftmaxWithLoss"));
    assert.ok(layersOf(train, "TEST").some(({ type }) => type === "Accuracy"));
    assert.ok(learned(filterNet(time, { phase: "TRAIN" })) >= parameters);
  });

  Deno.test(`models/${model}/solver.prototxt can be read`, async () => {
    const solver = await readSolver(join(folder, "solver.prototxt"));
    assert.equal(solver.net, `models/${model}/net.prototxt`);
    assert.equal(solver.snapshot_prefix, `snapshots/${model}`);
    assert.equal(solver.random_seed, 1701);
    assert.equal(solver.test_iter?.length, 1);
  });

  Deno.test(`models/README.md states the size and cost of ${model}`, () => {
    const row = readme.match(new RegExp(`^\\| \`${model}\` .*$`, "m"))?.[0] ?? "";
    const cells = row.split("|").map((cell) => cell.trim());
    assert.equal(cells[3], `${(parameters / 1e6).toPrecision(3)} M`, row);
    assert.equal(cells[4], `${(macs / 1e9).toPrecision(3)} G`, row);
  });
}

// AlexNet, CaffeNet and VGG-16 would take hundreds of megabytes; their shapes are inferred alike.
for (const model of Object.keys(imagenet).filter((name) => !/^(alexnet|caffenet|vgg16)$/.test(name))) {
  Deno.test(`models/${model}/deploy.prototxt has the inferred shapes on the engine`, async () => {
    const file = join(root, "models", model, "deploy.prototxt");
    const param = await readNet(file);
    using net = await Net.fromFile(file, { phase: "TEST", seed: 1 });
    const inferred = inferShapes(param);
    for (const [name, shape] of inferred.blobs) assert.deepEqual(net.blob(name).shape, shape, name);
    for (const [name, shapes] of inferred.parameters) {
      assert.deepEqual(
        net.layers.find((layer) => layer.name === name)?.blobs.map((blob) => blob.shape),
        shapes,
      );
    }
  });
}
