import type { Command } from "commander";
import { CremaError } from "../../base/mod.ts";
import { ndArray, readMeanFile } from "../../data/mod.ts";
import type { ClassifierOptions } from "../../net/mod.ts";
import { number, numbers } from "./option_values.ts";

/** How the values of images are prepared for a net, in the words of pycaffe's classify.py. */
export interface PreprocessOptions {
  meanFile?: string | undefined;
  meanValues?: number[] | undefined;
  rawScale?: number | undefined;
  inputScale?: number | undefined;
  channelSwap?: number[] | undefined;
}

/** How to prepare images for a net, and the names of its classes. */
export interface ImageOptions extends PreprocessOptions {
  labels?: string | undefined;
  imagesDim?: number[] | undefined;
}

/** Adds the options of {@link ImageOptions}. */
export function addImageOptions(command: Command): Command {
  return addPreprocessOptions(command.option("--labels <file>", "names of the classes, one per line"))
    .option("--images-dim <h,w>", "size to resize images to before the centre is cropped", numbers);
}

/** Adds the options of {@link PreprocessOptions}. */
export function addPreprocessOptions(command: Command): Command {
  return command
    .option("--mean-file <file>", "mean image (.binaryproto) to subtract")
    .option("--mean-values <numbers>", "mean of each channel to subtract, instead of --mean-file", numbers)
    .option(
      "--raw-scale <n>",
      "factor for pixels (0 to 1) before the mean is subtracted, such as 255",
      number,
    )
    .option("--input-scale <n>", "factor for values after the mean is subtracted", number)
    .option("--channel-swap <order>", "order of channels: 2,1,0 for nets trained on BGR", numbers);
}

/** The classifier's options that these stand for. Throws a CremaError when the mean can't be read. */
export function imageOptions(options: ImageOptions): ClassifierOptions {
  const { meanFile, meanValues, rawScale, inputScale, channelSwap, imagesDim } = options;
  if (meanFile !== undefined && meanValues !== undefined) {
    throw new CremaError("Expected --mean-file or --mean-values but found both");
  }
  if (imagesDim !== undefined && imagesDim.length !== 2) {
    throw new CremaError(`Expected --images-dim to be a height and a width but found ${imagesDim.join(",")}`);
  }
  const mean = meanFile === undefined ? meanValues : meanImage(meanFile);
  const imageDims = imagesDim === undefined ? undefined : [imagesDim[0]!, imagesDim[1]!] as const;
  return { mean, rawScale, inputScale, channelSwap, imageDims };
}

function meanImage(path: string) {
  const { shape: { channels, height, width }, values } = readMeanFile(path);
  return ndArray([channels, height, width], values);
}
