import { Command } from "commander";
import { Predictor } from "../net/mod.ts";
import { readNet } from "../proto/mod.ts";
import { readLabels } from "./classifier/read_labels.ts";
import { addRunOptions, runClassifier, type RunOptions } from "./classifier/run_classifier.ts";
import { addImageOptions, type ImageOptions, imageOptions } from "./options/image_options.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { list } from "./options/option_values.ts";

interface ClassifyCommandOptions extends NetCommandOptions, ImageOptions, RunOptions {
  model: string;
  weights: string[];
}

/** `crema classify`: asks a trained net what images show. */
export function classifyCommand(): Command {
  const command = new Command("classify")
    .description("ask a trained net what images show, or serve it")
    .argument("[files...]", "images, IDX files or raw float32 values (default: standard input)")
    .requiredOption("--model <file>", "the net's deployment prototxt, which begins with an Input layer")
    .requiredOption("--weights <files>", ".caffemodel files, separated by commas", list);
  return addNetOptions(addRunOptions(addImageOptions(command)))
    .action(async (files: string[], options: ClassifyCommandOptions) => await classify(files, options));
}

async function classify(files: string[], options: ClassifyCommandOptions): Promise<void> {
  const labels = options.labels === undefined ? [] : await readLabels(options.labels);
  using predictor = await Predictor.create(await readNet(options.model), {
    ...engineOptions(options),
    ...imageOptions(options),
    weights: options.weights,
  });
  await runClassifier(predictor, files, labels, options);
}
