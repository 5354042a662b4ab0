import { CremaError } from "../../base/error.ts";
import { readBytes } from "../../base/read_bytes.ts";
import { InputLimitError, type InputLimits } from "../arrays/input_limits.ts";
import { loadSharp } from "./load_sharp.ts";
import { type NdArray, ndArray } from "../arrays/nd_array.ts";
import { counted } from "../../base/counted.ts";

/** The weights of red, green and blue in grey, as in scikit-image. */
const LUMA = [0.2125, 0.7154, 0.0721] as const;

/** How to load an image. */
export interface LoadImageOptions {
  /** True (the default) for three channels, red, green, blue; false for one, grey. */
  color?: boolean | undefined;
  /** Whether to turn it as its EXIF orientation says. Default: not, as `caffe.io.load_image`. */
  orient?: boolean | undefined;
  /** How many pixels it may have. Default: sharp's limit, 268 million. */
  limits?: Omit<InputLimits, "idxBytes"> | undefined;
}

/**
 * Loads an image from a path or from the bytes of a file, as pycaffe's `caffe.io.load_image` does. Returns
 * (H, W, 3) in the order red, green, blue, or (H, W, 1) with `color: false`; values are from 0 to 1. Drops
 * transparency. Throws a CremaError when the file is missing or not an image, and an InputLimitError when it has
 * more pixels than `limits` say.
 */
export async function loadImage(
  source: string | Uint8Array,
  options: LoadImageOptions = {},
): Promise<NdArray> {
  const file = typeof source === "string" ? source : undefined;
  const bytes = typeof source === "string" ? await readBytes(source, "an image") : source;
  const sharp = await loadSharp();
  try {
    const { pixels: maxPixels, admit } = options.limits ?? {};
    const image = sharp(bytes);
    const { width, height, depth } = await image.metadata();
    if (maxPixels !== undefined && width * height > maxPixels) {
      throw new InputLimitError(
        `Expected an image of at most ${counted(maxPixels, "pixel")} but found ${width} × ${height}`,
        {
          file,
        },
      );
    }
    await admit?.(width * height);
    if (options.orient) image.autoOrient();
    const deep = depth === "ushort";
    const { data, info } = await image.toColourspace(deep ? "rgb16" : "srgb")
      .raw(deep ? { depth: "ushort" } : {}).toBuffer({ resolveWithObject: true });
    const values = deep ? new Uint16Array(new Uint8Array(data).buffer) : data;
    return channelsOf(values, info, deep ? 65535 : 255, options.color ?? true);
  } catch (cause) {
    if (cause instanceof InputLimitError) throw cause;
    throw new CremaError(`Expected an image but found: ${(cause as Error).message}`, { file, cause });
  }
}

function channelsOf(
  values: ArrayLike<number>,
  { width, height, channels: found }: { width: number; height: number; channels: number },
  white: number,
  color: boolean,
): NdArray {
  const channels = color ? 3 : 1;
  const image = ndArray([height, width, channels]);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const at = pixel * found;
    const red = values[at]! / white;
    const green = found < 3 ? red : values[at + 1]! / white;
    const blue = found < 3 ? red : values[at + 2]! / white;
    if (color) {
      image.data[3 * pixel] = red;
      image.data[3 * pixel + 1] = green;
      image.data[3 * pixel + 2] = blue;
    } else {
      // Grey files come as three equal channels. Their weighted sum would add rounding errors.
      const isGrey = red === green && green === blue;
      image.data[pixel] = isGrey ? red : LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
    }
  }
  return image;
}
