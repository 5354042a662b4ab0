import { Command } from "commander";
import { convertImages, type ConvertImagesOptions } from "../../data/mod.ts";
import { integer, wholeNumber } from "../options/option_values.ts";
import { printOut } from "../output/print.ts";
import { addBackendOption, runConversion } from "./convert_command.ts";
import { counted } from "../../base/counted.ts";

/** Those of a conversion that are options: the others are arguments, or the command's own. */
type ImagesCommandOptions = Omit<
  ConvertImagesOptions,
  "root" | "list" | "out" | "onProgress" | "onBadImage" | "signal"
>;

/** `crema dataset images`: Caffe's convert_imageset. */
export function imagesCommand(): Command {
  const command = new Command("images")
    .description("write a database of the images that a list names (Caffe's convert_imageset)")
    .argument("<root>", "what is put before each path, as it is: a folder ends with /")
    .argument("<list>", "a text file with an image's path and its label per line")
    .argument("<out>", "the folder for the database")
    .option("--gray", "make the images grey")
    .option("--shuffle", "write the images in random order")
    .option("--seed <n>", "random seed for --shuffle", integer, 0)
    .option("--resize-height <n>", "height to resize to (0: none)", wholeNumber)
    .option("--resize-width <n>", "width to resize to (0: none)", wholeNumber)
    .option("--check-size", "fail unless all images have one size")
    .option("--encoded", "store image files instead of pixels")
    .option("--encode-type <type>", "store image files of this type: png, jpg, webp, tiff");
  return addBackendOption(command).action(
    async (root: string, list: string, out: string, options: ImagesCommandOptions) =>
      await runConversion(async ({ line, signal }) => {
        const { written, bad } = await convertImages({
          ...options,
          root,
          list,
          out,
          signal,
          onProgress: (done, total) => line.update(`Writing ${out}`, done, total, "images"),
          onBadImage: (path, reason) => line.note(`left out: ${path}: ${reason}`),
        });
        printOut(
          `${out}: ${counted(written, "image")}${bad === 0 ? "" : `, ${bad} left out that can't be read`}\n`,
        );
      }),
  );
}
