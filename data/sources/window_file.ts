import { CremaError } from "../../base/error.ts";
import { readTextLines, type TextLine } from "./image_list.ts";

/** Numbers of a window in a {@link WindowTable}: image, label, first column, first row, last column, last row, line. */
export const WINDOW_NUMBERS = 7;

/** The images and windows of a window file: plain data that Workers share. */
export interface WindowTable {
  /** Path of each image. */
  images: string[];
  /** The windows whose overlap reaches the threshold, {@link WINDOW_NUMBERS} numbers each. */
  foreground: Int32Array<SharedArrayBuffer>;
  /** The windows whose overlap is below the other threshold, with label 0. */
  background: Int32Array<SharedArrayBuffer>;
}

/** From which overlap on a window is foreground, and below which it is background. */
export interface WindowThresholds {
  /** A window of at least this overlap is foreground. */
  foreground: number;
  /** Any other window of less than this overlap is background; the rest is left out. */
  background: number;
}

/**
 * Reads a window file of R-CNN, as Caffe's WindowData does. Each image has the lines `# number` (from 0), its path, channels,
 * height, width, the number of its windows, and then one window per line: `class overlap x1 y1 x2 y2`. Throws a CremaError
 * that names the line.
 */
export function readWindowFile(path: string, thresholds: WindowThresholds): WindowTable {
  const lines = readTextLines(path, "a window file");
  const images: string[] = [], foreground: number[] = [], background: number[] = [];
  let at = 0;
  const wrong = (expected: string, found: TextLine | undefined) =>
    new CremaError(
      `Expected ${expected} but found ${found === undefined ? "the end of the file" : `'${found.text}'`}`,
      {
        file: path,
        line: found?.line,
      },
    );
  const numbers = (count: number, expected: string): { values: number[]; line: number } => {
    const each = lines[at++];
    const values = each?.text.split(/\s+/).map(Number) ?? [];
    if (each === undefined || values.length !== count || values.some((value) => !Number.isFinite(value))) {
      throw wrong(expected, each);
    }
    return { values, line: each.line };
  };
  while (at < lines.length) {
    const head = lines[at++]!, image = images.length;
    if (!new RegExp(`^#\\s*${image}$`).test(head.text)) {
      throw wrong(`'# ${image}', the number of the image`, head);
    }
    const file = lines[at++];
    if (file === undefined) throw wrong("the path of an image", file);
    images.push(file.text);
    const channels = numbers(1, "the number of channels");
    if (channels.values[0] !== 3) {
      throw wrong("3 channels, since images are read in colour,", lines[at - 1]);
    }
    const [height] = numbers(1, "the height of the image").values;
    const [width] = numbers(1, "the width of the image").values;
    const [count] = numbers(1, "the number of windows").values;
    for (let i = 0; i < count!; i++) {
      const { values, line } = numbers(6, "a window: class, overlap, x1, y1, x2, y2");
      const [label, overlap, x1, y1, x2, y2] = values.map((value, j) =>
        j === 1 ? value : Math.trunc(value)
      ) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      if (x1 < 0 || y1 < 0 || x2 < x1 || y2 < y1 || x2 >= width! || y2 >= height!) {
        throw wrong(`a window inside the image, ${width} × ${height},`, lines[at - 1]);
      }
      if (overlap >= thresholds.foreground) {
        if (label <= 0) throw wrong("a class of at least 1 for foreground", lines[at - 1]);
        foreground.push(image, label, x1, y1, x2, y2, line);
      } else if (overlap < thresholds.background) background.push(image, 0, x1, y1, x2, y2, line);
    }
  }
  return { images, foreground: shared(foreground), background: shared(background) };
}

function shared(numbers: readonly number[]): Int32Array<SharedArrayBuffer> {
  const array = new Int32Array(new SharedArrayBuffer(4 * numbers.length));
  array.set(numbers);
  return array;
}
