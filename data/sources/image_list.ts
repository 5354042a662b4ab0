import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";

/** A line of a list: an image and its label. */
export interface ListedImage {
  /** The path as it is written. It may have spaces. */
  path: string;
  /** The label, a whole number. */
  label: number;
  /** The line in the list, from 1. */
  line: number;
}

/** A line of a text file, without its end. */
export interface TextLine {
  /** The text, without the space around it. */
  text: string;
  /** The line in the file, from 1. */
  line: number;
}

/**
 * The lines of a text file that are not blank. Lines may end as on Windows, and the file may begin with a byte order mark.
 * Throws a CremaError when the file can't be read or has no such line.
 */
export function readTextLines(path: string, what: string): TextLine[] {
  const hint = "A relative path is looked up from the current folder, then from the prototxt's.";
  const text = new TextDecoder().decode(readBytesSync(path, what, hint));
  const lines = text.split("\n").map((each, i) => ({ text: each.trim(), line: i + 1 }))
    .filter((each) => each.text !== "");
  if (lines.length === 0) throw new CremaError(`Expected ${what} but found no lines`, { file: path });
  return lines;
}

/**
 * Reads a list of images, one `path label` per line: what follows the last space is the label, as in Caffe. Throws a
 * CremaError that names the line when one has no label.
 */
export function readImageList(path: string): ListedImage[] {
  return readTextLines(path, "a list of images").map(({ text, line }) => {
    const [, image, label] = /^(.*\S)\s+([-+]?\d+)$/.exec(text) ?? [];
    if (image === undefined) {
      throw new CremaError(`Expected a path, a space and a label (a whole number) but found '${text}'`, {
        file: path,
        line,
      });
    }
    return { path: image, label: Number(label), line };
  });
}

/** A line of a list for segmentation. */
export interface ImagePair {
  /** The path of the image. */
  image: string;
  /** The path of its label image, or its label. */
  label: string;
  /** The line in the list, from 1. */
  line: number;
}

/**
 * Reads a list of images and their label images, separated by a space. With `labels` false, a line is the path of an
 * image alone. Throws a CremaError that names the line when a word is missing, or is there too much.
 */
export function readPairList(path: string, labels: boolean): ImagePair[] {
  return readTextLines(path, "a list of images").map(({ text, line }) => {
    const words = text.split(/\s+/);
    const [image = "", label = ""] = words;
    if (labels ? words.length === 2 : words.length <= 2) return { image, label, line };
    throw new CremaError(`Expected a path, a space and a label image but found '${text}'`, {
      file: path,
      line,
      hint: words.length > 2 ? "Paths can't have spaces here." : undefined,
    });
  });
}
