/**
 * Fine-tuning (pycaffe's 02-fine-tuning.ipynb): a net that knows shapes learns another question, whether a shape is
 * round, from few images: its weights are a better start than fillers. `deno run -A examples/fine_tuning.ts pictures/`
 *
 * @module
 */
import { join } from "node:path";
import { Net } from "crema";
import { chart } from "./shared/pictures.ts";
import { runExample } from "./shared/run_example.ts";
import { shapeNet, solverOf, trainedShapes, trainOnShapes, winners } from "./shared/shape_net.ts";
import { type Shapes, shapes } from "./shared/shapes.ts";

const STEPS = 40, TESTED = 80;

/** Discs and rings are round: 1; squares and crosses are not: 0. */
const round = ({ images, labels }: Shapes): Shapes => ({
  images,
  labels: labels.map((kind) => kind % 3 === 0 ? 1 : 0),
});

/** Draws `losses.png`: fine-tuned, and learned from nothing. */
export async function fineTuning(folder: string): Promise<Record<string, number>> {
  const weights = join(folder, "shapes.caffemodel");
  {
    using pretrained = await trainedShapes();
    await pretrained.net.save(weights);
  }
  const few = round(shapes(24, 11));
  // The last layer has another name, so that it begins anew; the others learn nothing.
  const tuned = await learn(few, weights), scratch = await learn(few);
  const lines = [{ name: "fine-tuned", ...tuned, line: true }, {
    name: "from nothing",
    ...scratch,
    line: true,
  }];
  await Deno.writeFile(join(folder, "losses.png"), await chart("loss", lines));
  return { tuned: tuned.accuracy, scratch: scratch.accuracy };
}

async function learn(data: Shapes, weights?: string) {
  const two = { classes: 2, score: "score_round" };
  using solver = await solverOf(shapeNet({ ...two, frozen: weights !== undefined }));
  if (weights !== undefined) await solver.copyTrainedLayersFrom([weights]);
  const points = trainOnShapes(solver, data, STEPS).map((loss, i) => [i, loss] as const);
  const test = round(shapes(TESTED, 12));
  using net = await Net.fromText(shapeNet({ ...two, deploy: true, batch: TESTED }));
  net.shareWith(solver.net);
  const { prob } = net.forward({ inputs: { data: test.images } });
  const right = winners(prob!, 2).filter((kind, n) => kind === test.labels[n]).length;
  return { points, accuracy: right / TESTED };
}

await runExample(import.meta.main, fineTuning);
