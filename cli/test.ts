import { Command, Option } from "commander";
import type { Net } from "../net/mod.ts";
import {
  AP_VERSIONS,
  type ApVersion,
  type DetectionScoring,
  type Score,
  takeLayerWarnings,
  TestPass,
} from "../train/mod.ts";
import { addNetOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { openNet } from "./options/open_net.ts";
import { positiveInteger } from "./options/option_values.ts";
import { phaseOption } from "./options/phase_option.ts";
import { positionalFile } from "./options/positional_file.ts";
import { refuseMissing } from "./options/refuse_missing.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { classLines } from "../train/log/class_lines.ts";
import { floatText } from "../train/log/float_text.ts";
import { CommandLog } from "./output/command_log.ts";
import { printOut } from "./output/print.ts";
import { tableText } from "./output/table_text.ts";
import { scoreText } from "../train/log/score_text.ts";
import { weightsLines } from "./output/weights_lines.ts";

interface TestCommandOptions extends NetCommandOptions, WeightsOptions {
  model?: string | undefined;
  weights: string[];
  iterations: number;
  phase?: "TRAIN" | "TEST" | undefined;
  ap_version: ApVersion;
  show_per_class_result?: boolean | undefined;
  json?: boolean | undefined;
}

/** `crema test`: scores a trained net. */
export function testCommand(): Command {
  const command = new Command("test")
    .description("score a trained net: the mean of each of its outputs")
    .argument("[net]", "the net's prototxt, or a solver's: the same as --model")
    .option("--model <file>", "the net's prototxt");
  return addNetOptions(
    addWeightsOptions(command, { required: true })
      .option("--iterations <n>", "batches to run", positiveInteger, 50)
      .addOption(phaseOption("phase of the net (default: TEST)"))
      .addOption(
        new Option("--ap_version <version>", "how the average precision of DetectionEvaluate is computed")
          .choices(AP_VERSIONS).default("Integral"),
      )
      .option("--show_per_class_result", "print the average precision of each class")
      .option("--json", "print one JSON object: each output's mean"),
  ).action(async (net: string | undefined, options: TestCommandOptions) => {
    await runTest({ ...options, model: positionalFile("net", "--model", options.model, net) });
  });
}

async function runTest(options: TestCommandOptions & { model: string }): Promise<void> {
  using log = new CommandLog({ quiet: options.json });
  log.line("caffe.cpp:275", "Use CPU.");
  using net = await openNet(options, options.phase ?? "TEST");
  const report = await net.copyTrainedLayersFrom(options.weights, options);
  for (const { severity, text } of weightsLines(report)) log.line("net.cpp:744", text, severity);
  refuseMissing(report, options);
  log.line("caffe.cpp:281", `Running for ${options.iterations} iterations.`);
  const pass = new TestPass(net.handle, detectionScoringOf(net, options.ap_version));
  for (let batch = 0; batch < options.iterations; batch++) {
    for (const { name, value } of pass.runBatch()) {
      log.line("caffe.cpp:304", `Batch ${batch}, ${name} = ${floatText(value)}`);
    }
    log.progress("Testing", batch + 1, options.iterations, "batches");
  }
  for (const warning of takeLayerWarnings(net.handle)) log.line("caffe.cpp:304", warning, "W");
  const loss = floatText(pass.meanLoss());
  log.line("caffe.cpp:309", `Loss: ${loss}`);
  for (
    const { severity, text } of classLines(pass.classPrecisions(), options.show_per_class_result ?? false)
  ) log.line("solver.cpp:540", text, severity, true);
  const means = pass.means();
  for (const mean of means) log.line("caffe.cpp:321", scoreText(mean));
  if (options.json) printOut(`${JSON.stringify(outputMeans(means))}\n`);
  if (log.live) {
    const rows = means.map(({ name, value }) => [name, floatText(value)]);
    const columns = [{ title: "output" }, { title: "mean", align: "right" }] as const;
    printOut(tableText(columns, [...rows, ["(loss)", loss]]));
  }
}

/** Outputs of DetectionEvaluate are scored by mean average precision: the mean of their rows says nothing. */
function detectionScoringOf({ param }: Net, apVersion: ApVersion): DetectionScoring {
  const evaluated = new Set(
    (param.layer ?? []).filter(({ type }) => type === "DetectionEvaluate").flatMap(({ top = [] }) => top),
  );
  return { apVersion, isDetection: (output) => evaluated.has(output) };
}

/**
 * Each output's mean by its name: a number, or an array where the output has several elements.
 *
 * ```ts
 * import { outputMeans } from "./test.ts";
 * import assert from "node:assert/strict";
 *
 * const score = { name: "accuracy", lossWeight: 0 };
 * assert.deepEqual(outputMeans([{ ...score, index: 0, value: 0.5 }]), { accuracy: 0.5 });
 * assert.deepEqual(outputMeans([{ ...score, index: 0, value: 0 }, { ...score, index: 1, value: 1 }]), { accuracy: [0, 1] });
 * ```
 */
export function outputMeans(means: readonly Score[]): Record<string, number | number[]> {
  const byName = new Map<string, number[]>();
  for (const { name, value } of means) byName.set(name, [...byName.get(name) ?? [], value]);
  return Object.fromEntries(
    [...byName].map(([name, values]) => [name, values.length === 1 ? values[0] ?? NaN : values]),
  );
}
