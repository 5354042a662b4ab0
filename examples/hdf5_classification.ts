/**
 * Classification of vectors from HDF5 files, and brewing logistic regression (pycaffe's hdf5_classification and
 * brewing-logreg.ipynb): a linear net and one with a hidden layer learn two classes that no line divides.
 * `deno run -A examples/hdf5_classification.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { layers as L, loadHdf5, Net, type NetParameter, NetSpec, Solver, writeHdf5 } from "crema";
import { chart } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { random } from "./shared/shapes.ts";

const TRAIN = 600, TEST = 200;

/** Draws `data.png` and `losses.png`. */
export async function hdf5Classification(folder: string): Promise<Record<string, number>> {
  const points = ringPoints(TRAIN + TEST);
  const h5 = await loadHdf5();
  for (const [name, from, to] of [["train", 0, TRAIN], ["test", TRAIN, TRAIN + TEST]] as const) {
    const data = { shape: [to - from, 2], values: points.data.slice(2 * from, 2 * to) };
    const label = { shape: [to - from], values: points.label.slice(from, to) };
    const content = { groups: new Set<string>(), values: new Map([["data", data], ["label", label]]) };
    await Deno.writeFile(join(folder, `${name}.h5`), writeHdf5(h5, content));
    await Deno.writeTextFile(join(folder, `${name}.txt`), `${join(folder, name)}.h5\n`);
  }
  const linear = await learn(folder, 0), nonlinear = await learn(folder, 20);

  const ofClass = (kind: number) =>
    Array.from({ length: 300 }, (_, i) => i).filter((i) => points.label[i] === kind)
      .map((i) => [points.data[2 * i]!, points.data[2 * i + 1]!] as const);
  const classes = [{ name: "class 0", points: ofClass(0) }, { name: "class 1", points: ofClass(1) }];
  await Deno.writeFile(join(folder, "data.png"), await chart("the points", classes));
  await Deno.writeFile(
    join(folder, "losses.png"),
    await chart("loss", [
      { name: "linear", points: linear.losses, line: true },
      { name: "nonlinear", points: nonlinear.losses, line: true },
    ]),
  );
  return { linear: linear.accuracy, nonlinear: nonlinear.accuracy };
}

/** The net as pycaffe's NetSpec makes it: logistic regression, or one with hidden units. */
function logreg(source: string, hidden: number): NetParameter {
  const n = new NetSpec("logreg");
  [n.data, n.label] = L.HDF5Data({ batch_size: 50, source, ntop: 2 });
  if (hidden > 0) {
    n.ip1 = L.InnerProduct(n.data!, { num_output: hidden, weight_filler: { type: "xavier" } });
    n.relu1 = L.ReLU(n.ip1, { in_place: true });
  }
  n.score = L.InnerProduct(n.relu1 ?? n.data!, { num_output: 2, weight_filler: { type: "xavier" } });
  n.accuracy = L.Accuracy(n.score, n.label!);
  n.loss = L.SoftmaxWithLoss(n.score, n.label!);
  return n.toProto();
}

/** Trains a net and tests it. */
async function learn(folder: string, hidden: number) {
  using solver = await Solver.create({
    net_param: logreg(join(folder, "train.txt"), hidden),
    ...{
      type: "Adam",
      base_lr: 0.02,
      momentum: 0.9,
      momentum2: 0.999,
      lr_policy: "fixed",
      max_iter: 300,
      random_seed: 1,
    },
  });
  const losses = Array.from({ length: 300 }, (_, i) => [i, solver.step()] as const);
  using test = await Net.create(logreg(join(folder, "test.txt"), hidden));
  test.shareWith(solver.net);
  let accuracy = 0;
  for (let batch = 0; batch < TEST / 50; batch++) accuracy += test.forward()["accuracy"]![0]! / (TEST / 50);
  return { losses, accuracy };
}

/** Points in the plane, of class 1 within a ring. */
function ringPoints(count: number) {
  const next = random(5), data = new Float32Array(2 * count), label = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [x, y] = [2 * next() - 1, 2 * next() - 1], radius = Math.hypot(x, y);
    data.set([x, y], 2 * i);
    label[i] = radius > 0.35 && radius < 0.85 ? 1 : 0;
  }
  return { data, label };
}

await runExample(import.meta.main, hdf5Classification);
