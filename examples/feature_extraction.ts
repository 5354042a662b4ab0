/**
 * Feature extraction (Caffe's examples/feature_extraction): what a layer makes of images tells which are alike.
 * `deno run -A examples/feature_extraction.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { ndArray, Net, npzOf } from "crema";
import { sheet } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { shapeNet, trainedShapes } from "./shared/shape_net.ts";
import { shapes, SIDE } from "./shared/shapes.ts";

const COUNT = 64, SHOWN = 6;

/** Writes `features.npz`, and draws `alike.png`: in each row an image and those whose features are nearest. */
export async function featureExtraction(folder: string): Promise<Record<string, number>> {
  using solver = await trainedShapes();
  const { images, labels } = shapes(COUNT, 31), plane = SIDE * SIDE;
  using net = await Net.fromText(shapeNet({ deploy: true, batch: COUNT }));
  net.shareWith(solver.net);
  const { score } = net.forward({ inputs: { data: images }, blobs: ["score", "pool2"] });
  const { shape, data } = net.blob("pool2");
  const arrays = new Map([["pool2", ndArray([...shape], data)], ["label", ndArray([COUNT], labels)]]);
  await Deno.writeFile(join(folder, "features.npz"), npzOf(arrays));

  const size = score!.length / COUNT;
  const feature = (n: number) => score!.subarray(n * size, (n + 1) * size);
  const apart = (a: number, b: number) => Math.hypot(...feature(a).map((value, i) => value - feature(b)[i]!));
  const alike = (n: number) =>
    Array.from({ length: COUNT }, (_, m) => m).filter((m) => m !== n).sort((a, b) =>
      apart(n, a) - apart(n, b)
    )
      .slice(0, SHOWN);
  const picture = (n: number) => ({
    values: images.subarray(n * plane, (n + 1) * plane),
    width: SIDE,
    height: SIDE,
  });
  const rows = [0, 1, 2, 3].flatMap((n) => [n, ...alike(n)].map(picture));
  await Deno.writeFile(join(folder, "alike.png"), await sheet(rows, { columns: SHOWN + 1 }));
  const found = Array.from(
    { length: COUNT },
    (_, n) => alike(n).filter((m) => labels[m] === labels[n]).length,
  );
  return { precision: found.reduce((a, b) => a + b) / (COUNT * SHOWN) };
}

await runExample(import.meta.main, featureExtraction);
