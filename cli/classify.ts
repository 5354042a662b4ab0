import { Command } from "commander";
import { Predictor } from "../net/mod.ts";
import { readNet } from "../proto/mod.ts";
import { classifySettings } from "./classifier/classify_settings.ts";
import { addRunOptions, runClassifier, type RunOptions } from "./classifier/run_classifier.ts";
import { addImageOptions, type ImageOptions } from "./options/image_options.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { acceptWeights } from "./output/accept_weights.ts";

interface ClassifyCommandOptions extends NetCommandOptions, ImageOptions, RunOptions, WeightsOptions {
  model: string;
  weights: string[];
}

/** `crema classify`: asks a trained net what images show. */
export function classifyCommand(): Command {
  const command = new Command("classify")
    .description("ask a trained net what images show, or serve it")
    .argument("[files...]", "images, IDX files or raw float32 values (default: standard input)")
    .requiredOption("--model <file>", "the net's deployment prototxt, which begins with an Input layer");
  addWeightsOptions(command, { required: true });
  return addNetOptions(addRunOptions(addImageOptions(command)))
    .action(async (files: string[], options: ClassifyCommandOptions) => await classify(files, options));
}

async function classify(files: string[], options: ClassifyCommandOptions): Promise<void> {
  const { classifier, ...labels } = await classifySettings(options.model, options);
  using predictor = await Predictor.create(await readNet(options.model), {
    ...engineOptions(options),
    ...classifier,
    weights: options.weights,
    skipMismatch: options.skipMismatch,
    onWeights: (report) => acceptWeights(report, options),
  });
  await runClassifier(predictor, files, labels, options);
}
