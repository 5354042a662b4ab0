import { Command } from "commander";
import { readNet } from "../proto/mod.ts";
import { Predictor } from "../net/mod.ts";
import {
  addImageOptions,
  type ImageOptions,
  imageOptions,
  readLabels,
} from "./options/classifier_options.ts";
import { engineOptions } from "./options/open_net.ts";
import { addCommonOptions, type CommonOptions, list } from "./options/common_options.ts";
import { addRunOptions, runClassifier, type RunOptions } from "./classifier/run_classifier.ts";

interface ClassifyCommandOptions extends CommonOptions, ImageOptions, RunOptions {
  model: string;
  weights: string[];
}

/** `crema classify`: asks a trained net what images show. */
export function classifyCommand(): Command {
  const command = new Command("classify")
    .description("ask a trained net what images show, or serve it")
    .argument("[files...]", "images, IDX files or raw float32 values; standard input without any")
    .requiredOption("--model <file>", "the net's deployment prototxt, which begins with an Input layer")
    .requiredOption("--weights <files>", "the .caffemodel; several are separated by commas", list);
  return addCommonOptions(addRunOptions(addImageOptions(command)))
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
