import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { CremaError } from "../base/mod.ts";
import { type InputPreprocessing, type OnnxFiles, writeOnnx } from "../net/export/mod.ts";
import { PREPROCESS_FILE } from "../net/mod.ts";
import { classifySettings } from "./classifier/classify_settings.ts";
import { addPreprocessOptions, type PreprocessOptions } from "./options/image_options.ts";
import { addInputOption } from "./options/input_shapes.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { positiveInteger } from "./options/option_values.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { acceptWeights } from "./output/accept_weights.ts";
import { printOut } from "./output/print.ts";
import { tableText } from "./output/table_text.ts";

interface ExportCommandOptions extends NetCommandOptions, WeightsOptions, PreprocessOptions {
  weights: string[];
  output: string;
  batch?: number | undefined;
  fold: boolean;
  preprocess?: boolean | undefined;
  input?: Map<string, number[]> | undefined;
}

/** `crema export`: a trained net for other programs. */
export function exportCommand(): Command {
  const command = new Command("export")
    .description("write a trained net as an ONNX model, which other programs and browsers run")
    .argument("<net>", "the net's prototxt")
    .requiredOption("-o, --output <file>", "the model to write, such as model.onnx");
  addWeightsOptions(command, { required: true });
  addInputOption(command)
    .addOption(new Option("--dynamic-batch", "take any number of images (default)").conflicts("batch"))
    .option("--batch <n>", "take this number of images, and no other", positiveInteger)
    .option("--fold", "make BatchNorm, Scale and Bias part of the weights before them (default)")
    .option("--no-fold", "keep them as nodes of their own")
    .option(
      "--preprocess",
      `take images in RGB with values from 0 to 255, and prepare them as ${PREPROCESS_FILE} beside the net, or these options, say`,
    );
  return addNetOptions(addPreprocessOptions(command))
    .action(async (net: string, options: ExportCommandOptions) => await runExport(net, options));
}

async function runExport(net: string, options: ExportCommandOptions): Promise<void> {
  refuseInputs(options.output, [net, ...options.weights]);
  const written = await writeOnnx(net, options.output, {
    ...engineOptions(options),
    weights: options.weights,
    skipMismatch: options.skipMismatch,
    onWeights: (report) => acceptWeights(report, options),
    inputs: options.input,
    batch: options.batch,
    fold: options.fold,
    preprocess: await preprocessing(net, options),
  });
  printOut(exportText(written));
}

/** Throws a CremaError where the model would replace a file that it is made of. */
function refuseInputs(output: string, inputs: readonly string[]): void {
  const place = (path: string) => existsSync(path) ? realpathSync(path) : resolve(path);
  const same = inputs.find((input) => place(input) === place(output));
  if (same === undefined) return;
  throw new CremaError("Expected another file for the model but found one that it is made of", {
    file: output,
    hint: "Give -o the name of a new .onnx file.",
  });
}

/** How the model is to prepare images; undefined where it is not to. Throws a CremaError where nothing says it. */
async function preprocessing(
  net: string,
  options: ExportCommandOptions,
): Promise<InputPreprocessing | undefined> {
  const { meanFile, meanValues, rawScale, inputScale, channelSwap } = options;
  const given = [meanFile, meanValues, rawScale, inputScale, channelSwap].some((each) => each !== undefined);
  if (!given && !options.preprocess) return undefined;
  const { classifier } = await classifySettings(net, {
    meanFile,
    meanValues,
    rawScale,
    inputScale,
    channelSwap,
  });
  if (Object.keys(classifier).length > 0) return classifier;
  throw new CremaError(`Expected ${PREPROCESS_FILE} beside the net for --preprocess but found none`, {
    file: net,
    hint:
      "Say how images were prepared in training by --mean-values, --raw-scale, --channel-swap and the like.",
  });
}

/** What was written, as a table of inputs and outputs below the files. */
function exportText({ files, inputs, outputs, nodes }: OnnxFiles): string {
  const rows = (what: string, values: OnnxFiles["inputs"]) =>
    Array.from(values, ([name, shape]) => [what, name, `(${shape.join(", ")})`]);
  return [
    ...files.map(({ path, bytes }, i) =>
      `${path}: ${i === 0 ? `${nodes} nodes, ` : ""}${bytes.toLocaleString("en")} bytes`
    ),
    "",
    tableText([{ title: "" }, { title: "name" }, { title: "shape" }], [
      ...rows("input", inputs),
      ...rows("output", outputs),
    ]),
  ].join("\n");
}
