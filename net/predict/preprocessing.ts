import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CremaError } from "../../base/error.ts";
import type { ClassifierOptions } from "./classifier.ts";

/**
 * How the images of a net were prepared in training: what `preprocess.json` beside its deploy.prototxt holds, so that
 * prediction prepares them in the same way.
 */
export interface Preprocessing {
  /** The order of the channels: BGR as in Caffe, RGB, or one of grey. */
  readonly channels: "BGR" | "RGB" | "GRAY";
  /** Height and width to which images are resized. */
  readonly size: readonly [height: number, width: number];
  /** What is subtracted from each channel, in their order, of values from 0 to 255. */
  readonly mean: readonly number[];
  /** The factor after that. */
  readonly scale: number;
  /** Names of the classes, by number. */
  readonly labels: readonly string[];
}

/** The name of the file. */
export const PREPROCESS_FILE = "preprocess.json";

/** Its path, beside a net's prototxt. */
export function preprocessFile(net: string): string {
  return join(dirname(net), PREPROCESS_FILE);
}

/** The text of the file. */
export function preprocessingText(preprocessing: Preprocessing): string {
  return `${JSON.stringify(preprocessing, null, 2)}\n`;
}

/**
 * Reads the `preprocess.json` beside a net's prototxt. Returns undefined when there is none. Throws a CremaError when it
 * holds something else.
 */
export function readPreprocessing(net: string): Preprocessing | undefined {
  const file = preprocessFile(net);
  if (!existsSync(file)) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CremaError(`Expected how images are prepared but found: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
  return checked(found, file);
}

function checked(found: unknown, file: string): Preprocessing {
  const { channels, size, mean, scale, labels } = (found ?? {}) as Record<keyof Preprocessing, unknown>;
  const need = (isRight: boolean, what: string, value: unknown) => {
    if (isRight) return;
    throw new CremaError(`Expected ${what} but found ${JSON.stringify(value) ?? "nothing"}`, {
      file,
      hint: "`crema fit` writes this file. Without it, give --channel-swap, --mean-values and the like.",
    });
  };
  const isNumbers = (value: unknown, ...lengths: number[]) =>
    Array.isArray(value) && lengths.includes(value.length) && value.every((each) => Number.isFinite(each));
  need(
    ["BGR", "RGB", "GRAY"].includes(channels as string),
    'channels to be "BGR", "RGB" or "GRAY"',
    channels,
  );
  need(isNumbers(size, 2), "size to be a height and a width", size);
  need(isNumbers(mean, 0, 1, channels === "GRAY" ? 1 : 3), "mean to be a number for each channel", mean);
  need(Number.isFinite(scale), "scale to be a number", scale);
  need(
    Array.isArray(labels) && labels.every((each) => typeof each === "string"),
    "labels to be the names of the classes",
    labels,
  );
  return found as Preprocessing;
}

/** The options of a classifier that prepares images in this way. */
export function preprocessingOptions(
  { channels, size, mean, scale }: Preprocessing,
): Pick<ClassifierOptions, "mean" | "rawScale" | "inputScale" | "channelSwap" | "imageDims"> {
  const perChannel = mean.length === 1 && channels !== "GRAY" ? [mean[0]!, mean[0]!, mean[0]!] : mean;
  return {
    ...perChannel.length === 0 ? {} : { mean: [...perChannel] },
    rawScale: 255,
    inputScale: scale,
    // Images are loaded as red, green, blue.
    ...channels === "BGR" ? { channelSwap: [2, 1, 0] } : {},
    imageDims: size,
  };
}
