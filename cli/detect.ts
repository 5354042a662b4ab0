import { basename, extname, join } from "node:path";
import { Command } from "commander";
import { checkDestination } from "../base/check_destination.ts";
import { CremaError } from "../base/mod.ts";
import { readBytes } from "../base/read_bytes.ts";
import { writeWhole } from "../base/write_whole.ts";
import { CsvTable, loadImage } from "../data/mod.ts";
import {
  Detector,
  type ImageObjects,
  type ImageWindow,
  ObjectDetector,
  type WeightsReport,
} from "../net/mod.ts";
import { readNet } from "../proto/mod.ts";
import { drawBoxes } from "./detection/draw_boxes.ts";
import { LeftOut } from "./classifier/left_out.ts";
import { checkLabelNames, labelNames } from "./detection/label_names.ts";
import { addImageOptions, type ImageOptions, imageOptions } from "./options/image_options.ts";
import { addNetOptions, engineOptions, type NetCommandOptions } from "./options/net_command_options.ts";
import { number } from "./options/option_values.ts";
import { addWeightsOptions, type WeightsOptions } from "./options/weights_options.ts";
import { printError, printOut } from "./output/print.ts";
import { csvField } from "../base/csv_field.ts";
import { acceptWeights } from "./output/accept_weights.ts";
import { counted } from "../base/counted.ts";

interface DetectCommandOptions extends NetCommandOptions, ImageOptions, WeightsOptions {
  model: string;
  weights: string[];
  windows?: string | undefined;
  threshold: number;
  draw?: string | undefined;
  out?: string | undefined;
  json?: boolean | undefined;
  skipBadImages?: boolean | undefined;
}

/** `crema detect`: finds objects in images, or classifies windows of them as pycaffe's detect.py. */
export function detectCommand(): Command {
  const command = new Command("detect")
    .description("find objects in images and draw their boxes, or classify windows (pycaffe's detect.py)")
    .argument("[images...]", "image files")
    .requiredOption("--model <file>", "the net's deployment prototxt, which begins with an Input layer")
    .option("--windows <csv>", "classify the windows of this table: filename,ymin,xmin,ymax,xmax")
    .option("--threshold <score>", "how certain an object is at least", number, 0.5)
    .option("--draw <path>", "draw the boxes: a .png, .jpg or .svg for one image, or a folder")
    .option("--out <csv>", "write a table instead of printing it")
    .option("--json", "print one JSON object per image or window")
    .option("--skip-bad-images", "leave out images that can't be read, and say how many, without an error");
  return addNetOptions(addImageOptions(addWeightsOptions(command, { required: true })))
    .action(async (images: string[], options: DetectCommandOptions) => {
      if (options.out !== undefined) checkDestination(options.out, "table");
      const { rows, leftOut } = options.windows === undefined
        ? await detectObjects(images, options)
        : await classifyWindows(images, options.windows, options);
      if (options.out !== undefined) {
        await writeWhole(options.out, () => new TextEncoder().encode(rows.join("")), "table");
        printOut(`${options.out}: ${counted(rows.length - 1, "row")}\n`);
      } else if (!options.json) printOut(rows.join(""));
      leftOut.finish();
    });
}

function netOptions(options: DetectCommandOptions) {
  return {
    ...engineOptions(options),
    ...imageOptions(options),
    weights: options.weights,
    skipMismatch: options.skipMismatch,
    onWeights: (report: WeightsReport) => acceptWeights(report, options),
  };
}

/** The lines of a table, and the images that are not in it. */
interface Found {
  rows: string[];
  leftOut: LeftOut;
}

/** Finds objects in whole images. */
async function detectObjects(images: readonly string[], options: DetectCommandOptions): Promise<Found> {
  if (images.length === 0) throw new CremaError("Expected image files but found none");
  const names = options.labels === undefined ? new Map<number, string>() : await labelNames(options.labels);
  const nameOf = (label: number) => names.get(label) ?? String(label);
  const place = options.draw === undefined ? undefined : drawingPlace(options.draw, images);
  using detector = await ObjectDetector.create(await readNet(options.model), netOptions(options));
  if (options.labels !== undefined && detector.classes !== undefined) {
    checkLabelNames(names, detector.classes, { file: options.labels, background: true });
  }
  const rows = ["filename,label,name,score,xmin,ymin,xmax,ymax\n"];
  const leftOut = new LeftOut(images.length, options.skipBadImages ?? false);
  const color = detector.inputShape[1] !== 1;
  for (const path of images) {
    const image = await leftOut.orNone(path, async () => await loadImage(path, { color }));
    if (image === undefined) continue;
    const found = await detector.detect(image, { threshold: options.threshold });
    if (options.json && options.out === undefined) {
      printOut(`${JSON.stringify(jsonOf(path, found, nameOf))}\n`);
    }
    for (const { label, score, box } of found.objects) {
      rows.push(
        [
          csvField(path),
          label,
          csvField(nameOf(label)),
          score.toFixed(4),
          ...box.map((side) => side.toFixed(1)),
        ]
          .join(",") + "\n",
      );
    }
    if (place === undefined) continue;
    const to = place(path),
      format = extname(to).slice(1).toLowerCase().replace("jpeg", "jpg") as "svg" | "png" | "jpg";
    const bytes = new Uint8Array(await readBytes(path, "an image"));
    const drawn = await drawBoxes(bytes, found, nameOf, format);
    await writeWhole(to, () => drawn, "drawing");
    printError(`${to}\n`);
  }
  return { rows, leftOut };
}

function jsonOf(path: string, { width, height, objects }: ImageObjects, nameOf: (label: number) => string) {
  return {
    file: path,
    width,
    height,
    objects: objects.map(({ label, score, box }) => ({ label, name: nameOf(label), score, box })),
  };
}

/** Where each image's drawing goes: a file for one image, or into a folder, which is made. */
function drawingPlace(draw: string, images: readonly string[]): (image: string) => string {
  if (/\.(png|jpe?g|svg)$/i.test(draw)) {
    if (images.length === 1) {
      checkDestination(draw, "drawing");
      return () => draw;
    }
    throw new CremaError(
      `Expected a folder for the drawings of ${counted(images.length, "image")} but found '${draw}'`,
    );
  }
  const names = images.map((image) => basename(image, extname(image)));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new CremaError(`Expected images of different names but found '${twice}' again`);
  }
  Deno.mkdirSync(draw, { recursive: true });
  return (image) => join(draw, `${basename(image, extname(image))}.png`);
}

/** Classifies the windows of a table, as `detect.py --crop_mode list`. */
async function classifyWindows(
  images: readonly string[],
  file: string,
  options: DetectCommandOptions,
): Promise<Found> {
  if (images.length > 0) {
    throw new CremaError(
      `Expected no images beside --windows, whose table names them, but found '${images[0]}'`,
    );
  }
  if (options.draw !== undefined) throw new CremaError("Expected --draw or --windows but found both");
  const table = new CsvTable(new TextDecoder().decode(await readBytes(file, "windows")), file);
  const [filename, ...sides] = ["filename", "ymin", "xmin", "ymax", "xmax"].map((name) => table.column(name));
  const windows = Array.from({ length: table.rows }, (_, row) => ({
    path: table.text(row, filename!),
    window: sides.map((column) => Math.trunc(table.number(row, column))) as unknown as ImageWindow,
  }));
  if (windows.length === 0) throw new CremaError("Expected windows but found none", { file });
  using detector = await Detector.create(await readNet(options.model), netOptions(options));
  // Neighbours in one image share its decoding.
  const groups: [string, ImageWindow[]][] = [];
  for (const { path, window } of windows) {
    if (groups.at(-1)?.[0] === path) groups.at(-1)![1].push(window);
    else groups.push([path, [window]]);
  }
  const names = options.labels === undefined ? new Map<number, string>() : await labelNames(options.labels);
  const classes = classesOf(detector);
  if (options.labels !== undefined) {
    checkLabelNames(names, classes, { file: options.labels, background: false });
  }
  const leftOut = new LeftOut(new Set(windows.map(({ path }) => path)).size, options.skipBadImages ?? false);
  const onBadImage = (path: string, error: CremaError) => leftOut.add(path, error);
  const found = await detector.detectWindows(groups, { onBadImage });
  const header = [
    "filename",
    "ymin",
    "xmin",
    "ymax",
    "xmax",
    ...Array.from({ length: classes }, (_, i) => csvField(names.get(i) ?? `class${i}`)),
  ];
  if (options.json && options.out === undefined) {
    for (const { filename, window, prediction } of found) {
      printOut(`${JSON.stringify({ file: filename, window, scores: [...prediction.data] })}\n`);
    }
  }
  const rows = [
    `${header.join(",")}\n`,
    ...found.map(({ filename = "", window, prediction }) =>
      `${[csvField(filename), ...window, ...prediction.data].join(",")}\n`
    ),
  ];
  return { rows, leftOut };
}

/** Number of values of a net's first output for each window. */
function classesOf({ net }: Detector): number {
  const { count, shape: [windows = 1] } = net.blob(net.outputs[0]!);
  return count / Math.max(1, windows);
}
