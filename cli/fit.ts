import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { CremaError } from "../base/mod.ts";
import {
  chooseBatch,
  chooseEpochs,
  chooseLearning,
  chooseTestBatch,
  dataLayers,
  findImages,
  fitNet,
  fitSolver,
  type ImageMeasures,
  type InputSettings,
  type LabelledImage,
  measureImages,
  type NetProbe,
  probeNet,
  splitImages,
  wantsAugmentation,
} from "../train/fitting/mod.ts";
import { type Assignment, assignNets, assignSolver, parseAssignments } from "../proto/nets/assignments.ts";
import { readPreprocessing } from "../net/mod.ts";
import { RUNS, type TestEvent } from "../train/mod.ts";
import { FIT_FILES, writeFitFiles } from "./fitting/fit_files.ts";
import { findNetwork, type Network, NETWORKS } from "./fitting/networks.ts";
import { type FitFolder, makeFitFolder, removeUnfinished } from "./fitting/run_folder.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { integer, list, number, positiveInteger } from "./options/option_values.ts";
import { fitLearningRate } from "./fitting/fit_learning_rate.ts";
import { ProgressLine } from "./output/progress_line.ts";
import { printError, printOut } from "./output/print.ts";
import { weightsLines } from "./output/weights_lines.ts";
import { runTrain } from "./train.ts";
import { counted } from "../base/counted.ts";

interface FitCommandOptions extends NetCommandOptions {
  model: string;
  weights?: string[] | undefined;
  epochs?: number | undefined;
  size?: number | undefined;
  batch?: number | undefined;
  lr?: number | "auto" | undefined;
  val: number;
  seed: number;
  augment: boolean;
  mirror: boolean;
  skipBadImages?: boolean | undefined;
  out?: string | undefined;
  train: boolean;
}

/** `crema fit`: makes a classifier of images, and all files that it takes. */
export function fitCommand(): Command {
  const command = new Command("fit")
    .description("make a classifier from a folder of images, and the files to go on with")
    .argument(
      "<images>",
      "a folder with a folder for each class (or with train/ and val/), a CSV file of path,label, a list, or an LMDB",
    )
    .option("--model <name>", `${NETWORKS.join(", ")}, or a net's prototxt`, "small")
    .option(
      "--weights <files>",
      "files of weights to start from (.caffemodel, .h5, .safetensors, .npz), separated by commas",
      list,
    )
    .option(
      "--epochs <n>",
      "how often to go through all images (default: 20, or less of more than 10,000)",
      positiveInteger,
    )
    .option(
      "--size <pixels>",
      "width and height to which images are resized (default: by the images)",
      positiveInteger,
    )
    .option("--batch <n>", "images per batch (default: by the images and the memory)", positiveInteger)
    .option("--lr <rate>", "the highest learning rate, or 'auto' to try many (default: by the net)", rate)
    .option("--val <part>", "part of the images that is held out to test on", part, 0.2)
    .option("--seed <n>", "random seed, of the split too", integer, 1)
    .option(
      "--no-augment",
      "take images as they are, instead of random parts of changed colours, mirrored or not",
    )
    .option("--no-mirror", "do not mirror images: for letters, digits and all that has a left and a right")
    .option("--skip-bad-images", "leave out images that can't be read, instead of failing")
    .option("--out <name>", "name or path of the folder for everything (default: runs/ and the images' name)")
    .option("--no-train", "write the files, and don't train");
  return addNetOptions(command).action(async (images: string, options: FitCommandOptions) =>
    await runFit(images, options)
  );
}

function rate(text: string): number | "auto" {
  if (text === "auto") return text;
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError(`Expected a rate above 0 but found ${value}.`);
  return value;
}

function part(text: string): number {
  const value = number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError(`Expected a part above 0 and below 1 but found ${value}.`);
}

async function runFit(path: string, { set = [], ...options }: FitCommandOptions): Promise<void> {
  const assignments = parseAssignments(set, "solver");
  const network = await findNetwork(options.model);
  const folder = makeFitFolder(path, options.out);
  try {
    await fitInto(folder, path, network, assignments, options);
  } catch (error) {
    removeUnfinished(folder);
    throw error;
  }
}

async function fitInto(
  folder: FitFolder,
  path: string,
  network: Network,
  assignments: readonly Assignment[],
  options: Omit<FitCommandOptions, "set">,
): Promise<void> {
  const { weights = [], seed } = options;
  const { classes, train, val, measures } = await readImages(path, join(folder.path, "images"), options);
  const epochs = options.epochs ?? chooseEpochs(train.length);
  const augment = options.augment && wantsAugmentation(train.length, epochs);
  const suffix = folder.run.replaceAll(/[^\w]+/g, "_");
  const settings = inputSettings(measures, network, options);
  const input = [settings.gray ? 1 : 3, ...settings.size] as const;
  const inFolder = (name: string) => namedPath(join(folder.path, name));
  const fitted = (batch: { train: number; val: number }) => {
    const made = fitNet(network.netFor(settings.size[0]), {
      classes: classes.length,
      input,
      ...weights.length > 0 ? { suffix, headRate: 10 } : {},
      data: dataLayers({
        ...settings,
        lists: { train: inFolder(FIT_FILES.train), val: inFolder(FIT_FILES.val) },
        batch,
        augment,
        mirror: options.augment && options.mirror,
        skipBad: options.skipBadImages ?? false,
      }),
    });
    const [trainVal = made.trainVal, deploy = made.deploy] = assignNets(
      [made.trainVal, made.deploy],
      assignments,
    );
    return { ...made, trainVal, deploy };
  };
  const probe = await probeNet(fitted({ train: 1, val: 1 }).trainVal, input, weights, engineOptions(options));
  if (probe.weights !== undefined) {
    printOut(weightsLines(probe.weights).map(({ text }) => `${text}\n`).join(""));
  }
  const free = Deno.systemMemoryInfo().available;
  const batch = options.batch ?? chooseBatch({ images: train.length, bytes: probe.bytes, free });
  const test = chooseTestBatch(val.length, 2 * batch);
  const { trainVal, deploy, heads } = fitted({ train: batch, val: test.batch });
  const usual = chooseLearning(trainVal, batch, weights.length > 0);
  const write = async (rate: number) => {
    const solver = assignSolver(
      fitSolver({
        net: inFolder(FIT_FILES.trainVal),
        snapshotPrefix: namedPath(join(folder.path, folder.run)),
        images: train.length,
        batch,
        testIterations: test.iterations,
        epochs,
        learning: { ...usual, rate },
        seed,
      }),
      assignments,
    );
    await writeFitFiles(folder.path, {
      about: `Written by \`crema fit ${path}\` with --model ${network.name}: change it, and train again.`,
      solver,
      trainVal,
      deploy,
      preprocessing: {
        channels: settings.gray ? "GRAY" : "BGR",
        size: settings.size,
        mean: settings.mean,
        scale: settings.scale,
        labels: classes,
      },
      train,
      val,
    });
    return solver;
  };
  let solver = await write(typeof options.lr === "number" ? options.lr : usual.rate);
  if (options.lr === "auto") {
    solver = await write(await fitLearningRate(folder.path, weights, engineOptions(options)));
  }
  const { max_iter = 0, warmup_iter } = solver;
  printOut(
    `${netLine(network, probe, heads, settings)}
Batches of ${batch}, ${counted(epochs, "epoch")}: ${
      counted(max_iter, "iteration")
    }, ${usual.type} with a learning rate of ${
      shown(solver.base_lr)
    } after a warm-up of ${warmup_iter}, then cosine
Wrote ${Object.values(FIT_FILES).join(", ")} to ${folder.path}/
`,
  );
  const solverFile = join(folder.path, FIT_FILES.solver);
  if (!options.train) {
    printOut(`\nNext:\n  crema train --solver ${solverFile}${weightsOption(weights)}\n`);
    return;
  }
  let last: TestEvent | undefined, model: string | undefined, stopped = false;
  await runTrain(
    solverFile,
    {
      ...options,
      epochs: undefined,
      weights: weights.length > 0 ? weights : undefined,
      skipMismatch: true,
      run: folder.run,
      runsDir: folder.runs,
      sigint_effect: "stop",
      sighup_effect: "snapshot",
    },
    {
      classes,
      onEvent: (event) => {
        if (event.type === "test") last = event;
        if (event.type === "snapshot") model = event.model;
        if (event.type === "done") stopped = event.stoppedEarly;
      },
    },
  );
  printOut(summary({ folder, count: val.length, last, stopped, model, example: val[0] }));
}

/** A learning rate with as many digits as matter. */
function shown(rate = 0): string {
  return `${Number(rate.toPrecision(3))}`;
}

/** The images of each part, without those that can't be read, with what is measured of those to learn from. */
async function readImages(path: string, unpackTo: string, options: FitCommandOptions): Promise<{
  classes: readonly string[];
  train: LabelledImage[];
  val: LabelledImage[];
  measures: ImageMeasures;
}> {
  using progress = new ProgressLine();
  const set = await findImages(path, {
    unpackTo,
    onProgress: (done, total, what) => progress.update(what, done, total, "images"),
  });
  const split = splitImages(set, options.val, options.seed);
  const measure = (images: readonly LabelledImage[], what: string) =>
    measureImages(images, {
      skipBad: options.skipBadImages,
      onProgress: (done, total) => progress.update(`Reading images to ${what}`, done, total, "images"),
    });
  const measures = await measure(split.train, "learn from");
  const { bad: badVal } = await measure(split.val, "test on");
  const bad = new Map([...measures.bad, ...badVal]);
  const [train, val] = [split.train, split.val].map((images) =>
    images.filter((image) => !bad.has(image))
  ) as [
    LabelledImage[],
    LabelledImage[],
  ];
  if (bad.size > 0) {
    const shown = [...bad].slice(0, 5).map(([{ path }, reason]) => `  ${path}: ${reason}\n`).join("");
    printError(
      `Left out ${counted(bad.size, "image")} that can't be read:\n${shown}${
        bad.size > 5 ? `  … and ${bad.size - 5} more\n` : ""
      }`,
    );
  }
  for (const [label, name] of set.classes.entries()) {
    for (const [images, what] of [[train, "learn from"], [val, "test on"]] as const) {
      if (images.some((image) => image.label === label)) continue;
      throw new CremaError(
        `Expected images of the class '${name}' to ${what} but found none that can be read`,
      );
    }
  }
  const { classes } = set;
  const count = (label: number) => [...train, ...val].filter((image) => image.label === label).length;
  const named = classes.slice(0, 10).map((name, label) => `${name} ${count(label)}`).join(", ");
  const [[leastHeight, leastWidth], , [mostHeight, mostWidth]] = measures.sizes;
  printOut(
    `${counted(train.length + val.length, "image")} of ${
      counted(classes.length, "class", "classes")
    }: ${named}${classes.length > 10 ? ` and ${classes.length - 10} more` : ""}
${
      measures.gray
        ? "Grey"
        : "Colour"
    }, ${leastWidth}x${leastHeight} to ${mostWidth}x${mostHeight} pixels; ${train.length} to learn from, ${val.length} to test on
`,
  );
  return { classes, train, val, measures };
}

/** How images become input: as the net's own weights want it where they are given, else by what was measured. */
function inputSettings(
  { mean, deviation, gray: allGray, sizes: [, [height, width]] }: ImageMeasures,
  { name, netFor, side, takesGray }: Network,
  { size, weights }: FitCommandOptions,
): InputSettings {
  const stored = weights === undefined || !/[./]/.test(name) ? undefined : readPreprocessing(name);
  if (stored !== undefined && stored.channels !== "RGB") {
    // The weights know images that were prepared so.
    const { mean, scale, channels } = stored;
    return {
      size: size === undefined ? stored.size : [size, size],
      gray: channels === "GRAY",
      mean: [...mean],
      scale,
    };
  }
  const gray = allGray && takesGray;
  const usual = weights !== undefined || name === "lenet" || /[./]/.test(name) ? side : undefined;
  const own = size ?? usual ?? Math.min(name === "small" ? 64 : 128, Math.max(16, Math.min(height, width)));
  const transform = weights === undefined
    ? {}
    : netFor(own).layer?.find(({ transform_param }) => transform_param !== undefined)?.transform_param ?? {};
  const round = (value: number) => Number(value.toPrecision(4));
  const ownMean = transform.mean_value ?? [];
  const channels = gray ? 1 : 3;
  const measured = mean.length === channels ? mean : Array<number>(channels).fill(mean[0]!);
  return {
    size: [own, own],
    gray,
    mean: ownMean.length > 0 ? [...ownMean] : transform.scale !== undefined ? [] : measured.map(round),
    scale: transform.scale ?? (ownMean.length > 0 ? 1 : round(1 / Math.max(1, deviation))),
  };
}

function netLine(
  { name }: Network,
  { parameters }: NetProbe,
  heads: readonly string[],
  { size: [height, width], gray }: InputSettings,
): string {
  const last = heads.map((head) => `'${head}'`).join(", ");
  return `Net ${name}: ${parameters.toLocaleString("en")} parameters, ${
    gray ? "grey" : "colour"
  } images of ${width}x${height}, the classes come from layer ${last}`;
}

/** A path as a prototxt names it: from the current folder, as in Caffe, where it is below that. */
function namedPath(path: string): string {
  const below = relative(Deno.cwd(), resolve(path));
  return below.startsWith("..") ? resolve(path) : below;
}

function weightsOption(weights: readonly string[]): string {
  return weights.length === 0 ? "" : ` --weights ${weights.join(",")}`;
}

/** What to say at the end. */
function summary({ folder: { path, run, runs }, count, last, stopped, model, example }: {
  folder: FitFolder;
  count: number;
  last: TestEvent | undefined;
  stopped: boolean;
  model: string | undefined;
  example: LabelledImage | undefined;
}): string {
  const accuracy = last?.outputs.accuracy;
  const found = accuracy === undefined
    ? "It was stopped before the first test."
    : `Accuracy on ${counted(count, "image")} that it did not learn from: ${(100 * accuracy).toFixed(1)} %${
      stopped ? ` after iteration ${last!.iteration}` : ""
    }`;
  const image = example === undefined ? "image.jpg" : quoted(example.path);
  const classify = model === undefined
    ? ""
    : `  crema classify --model ${quoted(join(path, FIT_FILES.deploy))} --weights ${
      quoted(model)
    } ${image}\n`;
  const folder = runs === RUNS ? "" : ` --runs-dir ${quoted(runs)}`;
  const train = `  crema train --solver ${quoted(join(path, FIT_FILES.solver))} --run ${
    stopped
      ? `${quoted(run)}${folder} --snapshot auto   # goes on`
      : `${quoted(`${run}_2`)}${folder}   # again, after you changed a file`
  }\n`;
  return `
${found}
Curves, the confusion matrix, the worst images and the log are in ${join(runs, run)}/

Next:
${classify}${train}`;
}

/** An argument for a shell. */
function quoted(text: string): string {
  return /^[\w./,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
