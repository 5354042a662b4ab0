/**
 * What a compiled classifier runs: it has the net, the weights and the layers inside.
 *
 * @module
 */
import { Command } from "commander";
import { readClassifierModel } from "../compile/classifier_model.ts";
import { Predictor } from "../net/mod.ts";
import { readNet } from "../proto/mod.ts";
import { addRunOptions, runClassifier, type RunOptions } from "./classifier/run_classifier.ts";
import { addVersionOption } from "./options/version_option.ts";
import { exitStatus } from "./output/exit_status.ts";

/** Runs the classifier with its arguments. Returns the exit status, 0 only for success. */
export async function classifyProgram(args: readonly string[]): Promise<number> {
  const command = addVersionOption(addRunOptions(new Command("classify")))
    .description("Tell what images show.")
    .argument("[files...]", "images, IDX files or raw float32 values (default: standard input)")
    .exitOverride()
    .action(async (files: string[], options: RunOptions) => {
      const { model, options: classifier } = await readClassifierModel();
      using predictor = await Predictor.create(await readNet(model.net), classifier);
      await runClassifier(predictor, files, { labels: model.labels }, options);
    });
  return await exitStatus(async () => {
    await command.parseAsync(args, { from: "user" });
  });
}

if (import.meta.main) Deno.exit(await classifyProgram(Deno.args));
