/**
 * A siamese net (Caffe's examples/siamese): two branches with the same weights bring images of one class close together,
 * and others apart, in the plane. `deno run -A examples/siamese.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { Net } from "crema";
import { chart } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { solverOf } from "./shared/shape_net.ts";
import { KINDS, random, shapes, SIDE } from "./shared/shapes.ts";

const BATCH = 32, TESTED = 120, PLANE = SIDE * SIDE;

/** A branch: every parameter has a name, which both share. */
const branch = (bottom: string, tag: string) => `
layer { name: "conv${tag}" type: "Convolution" bottom: "${bottom}" top: "conv${tag}" param { name: "cw" } param { name: "cb" }
  convolution_param { num_output: 8 kernel_size: 5 weight_filler { type: "xavier" } } }
layer { name: "relu${tag}" type: "ReLU" bottom: "conv${tag}" top: "conv${tag}" }
layer { name: "pool${tag}" type: "Pooling" bottom: "conv${tag}" top: "pool${tag}" pooling_param { kernel_size: 3 stride: 3 } }
layer { name: "ip${tag}" type: "InnerProduct" bottom: "pool${tag}" top: "ip${tag}" param { name: "iw" } param { name: "ib" }
  inner_product_param { num_output: 32 weight_filler { type: "xavier" } } }
layer { name: "relu2${tag}" type: "ReLU" bottom: "ip${tag}" top: "ip${tag}" }
layer { name: "feat${tag}" type: "InnerProduct" bottom: "ip${tag}" top: "feat${tag}" param { name: "fw" } param { name: "fb" }
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }`;
const input = (names: string[], batch: number) =>
  `layer { name: "pairs" type: "Input" ${names.map((name) => `top: "${name}"`).join(" ")} input_param {
  ${
    names.map((name) => `shape { dim: ${batch} ${name === "sim" ? "" : `dim: 1 dim: ${SIDE} dim: ${SIDE}`} }`)
      .join(" ")
  } } }`;
const LOSS =
  `layer { name: "loss" type: "ContrastiveLoss" bottom: "feat" bottom: "feat_p" bottom: "sim" top: "loss"
  contrastive_loss_param { margin: 1 } }`;

/** Draws `features.png`: where images that training has not seen come to lie. */
export async function siamese(folder: string): Promise<Record<string, number>> {
  using solver = await solverOf(
    input(["data", "data_p", "sim"], BATCH) + branch("data", "") + branch("data_p", "_p") + LOSS,
  );
  const known = shapes(400, 21), next = random(22);
  const [data, other, same] = ["data", "data_p", "sim"].map((name) => solver.net.blob(name).data);
  const losses = Array.from({ length: 160 }, () => {
    for (let n = 0; n < BATCH; n++) {
      const a = Math.floor(next() * 400);
      // Half of the pairs are of one class.
      const b = next() < 0.5 ? (a + 4 * Math.floor(next() * 100)) % 400 : Math.floor(next() * 400);
      data!.set(known.images.subarray(a * PLANE, (a + 1) * PLANE), n * PLANE);
      other!.set(known.images.subarray(b * PLANE, (b + 1) * PLANE), n * PLANE);
      same![n] = known.labels[a] === known.labels[b] ? 1 : 0;
    }
    return solver.step();
  });
  const test = shapes(TESTED, 23);
  using net = await Net.fromText(input(["data"], TESTED) + branch("data", ""));
  net.shareWith(solver.net);
  const { feat } = net.forward({ inputs: { data: test.images } });
  const point = (n: number) => [feat![2 * n]!, feat![2 * n + 1]!] as const;
  const all = Array.from({ length: TESTED }, (_, n) => n);
  const series = KINDS.map((name, kind) => ({
    name,
    points: all.filter((n) => test.labels[n] === kind).map(point),
  }));
  await Deno.writeFile(join(folder, "features.png"), await chart("features", series));
  // How often the nearest other image is of the same class.
  const nearest = (n: number) => {
    const apart = (m: number) => Math.hypot(point(n)[0] - point(m)[0], point(n)[1] - point(m)[1]);
    return all.filter((m) => m !== n).reduce((best, m) => apart(m) < apart(best) ? m : best);
  };
  const right = all.filter((n) => test.labels[nearest(n)] === test.labels[n]).length;
  return {
    firstLoss: losses[0]!,
    lastLoss: losses.slice(-20).reduce((a, b) => a + b) / 20,
    nearest: right / TESTED,
  };
}

await runExample(import.meta.main, siamese);
