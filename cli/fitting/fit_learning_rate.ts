import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { writeWhole } from "../../base/write_whole.ts";
import type { EngineOptions } from "../../net/mod.ts";
import { plotSvg } from "../../plot/plot_svg.ts";
import { readSolver } from "../../proto/mod.ts";
import { findLearningRate, Solver } from "../../train/mod.ts";
import { ProgressLine } from "../output/progress_line.ts";
import { learningRatePlot } from "../training/learning_rate_plot.ts";
import { FIT_FILES } from "./fit_files.ts";

/** The drawing of the range test, in the folder of a fit. */
export const RATE_DRAWING = "learning_rate.svg";

const STEPS = 100;

/**
 * Finds the learning rate for the files that a fit has written, by a range test, and draws that beside them. Throws a
 * CremaError if the loss falls at no rate.
 */
export async function fitLearningRate(
  folder: string,
  weights: readonly string[],
  options: EngineOptions,
): Promise<number> {
  using solver = await Solver.create(await readSolver(join(folder, FIT_FILES.solver)), options);
  if (weights.length > 0) await solver.copyTrainedLayersFrom([...weights], { skipMismatch: true });
  using progress = new ProgressLine();
  const found = await findLearningRate(solver, {
    steps: STEPS,
    onStep: ({ index }) => progress.update("Trying learning rates", index + 1, STEPS, "steps"),
  });
  const svg = plotSvg(learningRatePlot(found));
  await writeWhole(join(folder, RATE_DRAWING), () => new TextEncoder().encode(svg), "drawing");
  if (found.suggestion !== undefined) return found.suggestion;
  throw new CremaError("Expected a loss that falls at some learning rate but found none", {
    hint: `Look at ${join(folder, RATE_DRAWING)}, and give a rate with --lr.`,
  });
}
