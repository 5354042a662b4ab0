import { deepEqual, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../net/mod.ts";
import { filterNet, readNet } from "../../../proto/mod.ts";
import { root } from "../../../tools/root.ts";

const folder = join(root, "models/mnist_siamese");

const sameClass = (labels: number) => `
  layer { name: "label" type: "Input" top: "label" input_param { shape { dim: ${labels} } } }
  layer { name: "sim" type: "Script" bottom: "label" top: "sim"
    script_param { module: "${join(folder, "same_class.ts")}" layer: "SameClassLayer" } }`;

Deno.test("SameClassLayer compares the labels of each pair", async () => {
  using net = await Net.fromText(sameClass(6));
  net.blob("label").data.set([3, 3, 1, 7, 0, 0]);
  deepEqual([...net.forward().sim!], [1, 0, 1]);
  await rejects(Net.fromText(sameClass(5)), /Expected an even number of labels, two per pair, but found 5/);
});

Deno.test("models/mnist_siamese shares its parameters between towers that fit deploy.prototxt", async () => {
  const train = filterNet(await readNet(join(folder, "net.prototxt")), { phase: "TRAIN" }).layer!;
  const deploy = (await readNet(join(folder, "deploy.prototxt"))).layer!.slice(1);
  const paramNames = (name: string) =>
    train.find((layer) => layer.name === name)!.param?.map((param) => param.name);
  for (const { name = "", type } of deploy) {
    deepEqual(train.find((layer) => layer.name === name)?.type, type);
    deepEqual(paramNames(name), paramNames(`${name}_p`));
    if (type === "Convolution" || type === "InnerProduct") match(paramNames(name)![0]!, /_w$/);
  }
  deepEqual(deploy.map(({ name }) => name), [
    ...["conv1", "pool1", "conv2", "pool2", "ip1", "relu1", "ip2", "feat"],
  ]);
});
