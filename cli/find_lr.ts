import { Command } from "commander";
import { checkDestination } from "../base/check_destination.ts";
import { CremaError } from "../base/mod.ts";
import { writeWhole } from "../base/write_whole.ts";
import { Engine, watchSignals } from "../ffi/mod.ts";
import { readSolver } from "../proto/mod.ts";
import { findLearningRate, type LearningRateTest, Solver } from "../train/mod.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { integer, number, positiveInteger } from "./options/option_values.ts";
import { positionalFile } from "./options/positional_file.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { floatText } from "../train/log/float_text.ts";
import { printError, printOut } from "./output/print.ts";
import { weightsLines } from "./output/weights_lines.ts";
import { learningRatePlot } from "./training/learning_rate_plot.ts";
import { plotSvg } from "../plot/plot_svg.ts";
import { counted } from "../base/counted.ts";

interface FindLrCommandOptions extends NetCommandOptions, WeightsOptions {
  solver?: string | undefined;
  from: number;
  to: number;
  steps: number;
  out?: string | undefined;
  seed?: number | undefined;
  json?: boolean | undefined;
}

/** `crema find-lr`: a learning rate range test. */
export function findLrCommand(): Command {
  const command = new Command("find-lr")
    .description("look for a good base_lr: train a few iterations while the learning rate grows")
    .argument("[solver]", "the solver's prototxt: the same as --solver")
    .option("--solver <file>", "the solver's prototxt");
  return addNetOptions(
    addWeightsOptions(command, {
      what: "files of weights to start from (.caffemodel, .h5, .safetensors, .npz)",
    })
      .option("--from <rate>", "the first rate", number, 1e-8)
      .option("--to <rate>", "the last rate", number, 1)
      .option("--steps <n>", "iterations, one for each rate", positiveInteger, 100)
      .option("--out <file>", "draw the loss over the rate, as an SVG")
      .option("--seed <n>", "random seed, instead of the solver's random_seed", integer)
      .option("--json", "print one JSON object: rates, losses, smoothed, suggestion, diverged"),
  ).action(async (solver: string | undefined, options: FindLrCommandOptions) => {
    await runFindLr(positionalFile("solver", "--solver", options.solver, solver), options);
  });
}

async function runFindLr(file: string, options: FindLrCommandOptions): Promise<void> {
  const { from, to, steps, out, seed, weights } = options;
  if (out !== undefined) checkDrawing(out);
  const param = await readSolver(file, { set: options.set });
  using _signals = watchSignals(Engine.open(options.engine), {
    sigint: "end",
    sigterm: "end",
    note: "the test was not complete, and nothing was written.",
  });
  using solver = await Solver.create(param, { ...engineOptions(options), seed });
  const start = weights ?? solver.param.weights ?? [];
  if (start.length > 0) {
    const report = await solver.copyTrainedLayersFrom(start, options);
    printError(weightsLines(report).map(({ text }) => `${text}\n`).join(""));
  }
  const found = await findLearningRate(solver, {
    ...{ from, to, steps },
    onStep: ({ index, rate, loss, smoothed }) => {
      // About twenty lines, however many steps.
      if (options.json || index % Math.ceil(steps / 20) !== 0) return;
      printOut(
        `lr ${floatText(rate).padEnd(12)} loss ${floatText(loss).padEnd(10)} smoothed ${
          floatText(smoothed)
        }\n`,
      );
    },
  });
  if (out !== undefined) {
    await writeWhole(out, () => new TextEncoder().encode(plotSvg(learningRatePlot(found))), "drawing");
  }
  if (options.json) printOut(`${JSON.stringify(found)}\n`);
  else printOut(verdict(found, steps, out));
  if (found.suggestion === undefined) {
    throw new CremaError("Expected a loss that falls at some learning rate but found none", {
      hint: "Try more --steps, another range (--from, --to), or look for a mistake in the net or its data.",
    });
  }
}

/** Throws a CremaError, before the test and not after it, if there is no place for its drawing. */
function checkDrawing(path: string): void {
  if (!path.endsWith(".svg")) throw new CremaError(`Expected a file .svg to draw to but found '${path}'`);
  checkDestination(path, "drawing");
}

function verdict(
  { rates, suggestion, diverged }: LearningRateTest,
  steps: number,
  out: string | undefined,
): string {
  const lines = [
    ...diverged
      ? [`Stopped after ${rates.length} of ${counted(steps, "step")}: the loss had grown too much.`]
      : [],
    ...out === undefined ? [] : [`Wrote ${out}.`],
    ...suggestion === undefined
      ? []
      : [`Suggested base_lr, where the loss falls fastest: ${suggestion.toPrecision(3)}`],
  ];
  return lines.map((line) => `${line}\n`).join("");
}
