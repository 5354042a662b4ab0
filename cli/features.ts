import { extname } from "node:path";
import { Command, Option } from "commander";
import { checkDestination } from "../base/check_destination.ts";
import { CremaError } from "../base/mod.ts";
import { writeWhole } from "../base/write_whole.ts";
import { type NdArray, openWriter } from "../data/mod.ts";
import { type BlobValues, features, stackBatches } from "../net/mod.ts";
import { FEATURE_FORMATS, type FeatureFormat, fileOf, writeDatums } from "./features/write_features.ts";
import { addNetOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { openNet } from "./options/open_net.ts";
import { list, positiveInteger } from "./options/option_values.ts";
import { phaseOption } from "./options/phase_option.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { printOut } from "./output/print.ts";
import { ProgressLine } from "./output/progress_line.ts";
import { acceptWeights } from "./output/accept_weights.ts";
import { counted } from "../base/counted.ts";

interface FeaturesCommandOptions extends NetCommandOptions, WeightsOptions {
  model: string;
  weights: string[];
  blobs: string[];
  out: string[];
  iterations: number;
  phase?: "TRAIN" | "TEST" | undefined;
  format?: FeatureFormat | undefined;
}

/** `crema features`: Caffe's extract_features. */
export function featuresCommand(): Command {
  const command = new Command("features")
    .description("write what blobs hold after forward passes (Caffe's extract_features)")
    .requiredOption("--model <file>", "the net's prototxt, with its data layer");
  return addNetOptions(
    addWeightsOptions(command, { required: true })
      .requiredOption("--blobs <names>", "blobs, separated by commas", list)
      .requiredOption(
        "--out <paths>",
        "an .npz or .h5 for all blobs; or for each a .csv, or the folder of a database",
        list,
      )
      .option("--iterations <n>", "batches to run", positiveInteger, 1)
      .addOption(phaseOption("phase of the net (default: TEST)"))
      .addOption(
        new Option("--format <format>", "what to write (default: by the end of --out, else lmdb)")
          .choices([...FEATURE_FORMATS]),
      ),
  ).action(async (options: FeaturesCommandOptions) => await runFeatures(options));
}

async function runFeatures(options: FeaturesCommandOptions): Promise<void> {
  const { blobs, out, iterations } = options;
  const format = options.format ?? formatOf(out);
  const single = format === "npz" || format === "hdf5";
  if (single ? out.length !== 1 : out.length !== blobs.length) {
    const wanted = single
      ? `one path for ${format}`
      : `a path for each of ${counted(blobs.length, "blob")} (${blobs.join(", ")})`;
    throw new CremaError(`Expected --out to have ${wanted} but found ${out.length}`);
  }
  for (const names of [blobs, out]) {
    const repeated = names.find((each, i) => names.indexOf(each) < i);
    if (repeated !== undefined) throw new CremaError(`Expected each name once but found '${repeated}' again`);
  }
  if (format !== "lmdb" && format !== "leveldb") {
    for (const path of out) {
      checkDestination(path, "features");
    }
  }
  using net = await openNet(options, options.phase ?? "TEST");
  acceptWeights(await net.copyTrainedLayersFrom(options.weights, options), options);
  using line = new ProgressLine();
  if (format === "lmdb" || format === "leveldb") {
    using stack = new DisposableStack();
    const writers = out.map((path) => stack.use(openWriter(path, format)));
    let done = 0;
    for (const batch of features(net, blobs, iterations)) {
      for (const [i, values] of batch.entries()) writeDatums(writers[i]!, values);
      line.update("Running", ++done, iterations, "batches");
    }
    for (const [i, writer] of writers.entries()) {
      writer.finish();
      printOut(`${out[i]}: ${counted(writer.count, "record")} of '${blobs[i]}'\n`);
    }
    return;
  }
  const batches: BlobValues[][] = [];
  for (const batch of features(net, blobs, iterations)) {
    batches.push(batch);
    line.update("Running", batches.length, iterations, "batches");
  }
  const arrays = new Map<string, NdArray>(
    blobs.map((name, i) => [name, stackBatches(batches.map((batch) => batch[i]!))]),
  );
  for (const [i, path] of out.entries()) {
    const bytes = await fileOf(format, single ? arrays : new Map([[blobs[i]!, arrays.get(blobs[i]!)!]]));
    await writeWhole(path, () => bytes, "features");
    const what = single ? [...arrays] : [[blobs[i]!, arrays.get(blobs[i]!)!] as const];
    printOut(`${path}: ${what.map(([name, { shape }]) => `${name} (${shape.join(", ")})`).join(", ")}\n`);
  }
}

function formatOf(out: readonly string[]): FeatureFormat {
  switch (extname(out[0] ?? "").toLowerCase()) {
    case ".npz":
      return "npz";
    case ".h5":
    case ".hdf5":
      return "hdf5";
    case ".csv":
      return "csv";
    default:
      return "lmdb";
  }
}
