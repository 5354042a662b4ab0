/**
 * Classification (pycaffe's 00-classification.ipynb): a net for deployment classifies images, and shows its first
 * filters, what they make of an image, and its probabilities. `deno run -A examples/classification.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { Net } from "crema";
import { chart, sheet } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { shapeNet, trainedShapes, winners } from "./shared/shape_net.ts";
import { KINDS, shapes, SIDE } from "./shared/shapes.ts";

/** Draws `filters.png`, `activations.png` and `probabilities.png`. */
export async function classification(folder: string): Promise<Record<string, number>> {
  using solver = await trainedShapes();
  const test = shapes(40, 2);
  using net = await Net.fromText(shapeNet({ deploy: true, batch: 40 }));
  net.shareWith(solver.net);
  const { prob, conv1 } = net.forward({ inputs: { data: test.images }, blobs: ["conv1"] });

  const [weights] = net.params.get("conv1")!;
  const filters = Array.from({ length: 8 }, (_, n) => ({
    values: weights!.data.subarray(n * 25, (n + 1) * 25),
    width: 5,
    height: 5,
  }));
  await Deno.writeFile(join(folder, "filters.png"), await sheet(filters, { columns: 4, scale: 12 }));
  const plane = SIDE * SIDE;
  const activations = Array.from({ length: 8 }, (_, n) => ({
    values: conv1!.subarray(n * plane, (n + 1) * plane),
    width: SIDE,
    height: SIDE,
  }));
  await Deno.writeFile(join(folder, "activations.png"), await sheet(activations, { columns: 4 }));
  const bars = KINDS.map((name, kind) => ({
    name,
    points: [[kind, 0], [kind, prob![kind]!]] as const,
    line: true,
  }));
  await Deno.writeFile(
    join(folder, "probabilities.png"),
    await chart("probabilities of the first image", bars),
  );

  const right = winners(prob!, KINDS.length).filter((kind, n) => kind === test.labels[n]).length;
  return { accuracy: right / test.labels.length };
}

await runExample(import.meta.main, classification);
