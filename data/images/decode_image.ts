import { CremaError } from "../../base/error.ts";
import { decodeSmallPng } from "./decode_png.ts";
import { loadSharp } from "./load_sharp.ts";
import type { Pixels } from "./resize_pixels.ts";

/** To how many channels an image is decoded; "stored" keeps the file's own. */
export type DecodedColour = "colour" | "gray" | "stored";

/**
 * Decodes an image file as OpenCV's `imread` and `imdecode` do: bytes, the channels side by side in the order blue, green,
 * red (and alpha, if "stored"). "colour" and "gray" turn the image as its EXIF orientation says, "stored" does not; colour
 * profiles are ignored, and so is transparency in "colour". Loads the library sharp at the first call, but for small PNG
 * files. Throws a CremaError when sharp is missing or the bytes are not an image.
 */
export async function decodeImage(bytes: Uint8Array, colour: DecodedColour): Promise<Pixels> {
  const small = decodeSmallPng(bytes);
  if (small !== undefined) return inColour(small, colour, true);
  const sharp = await loadSharp();
  try {
    const image = sharp(bytes, { ignoreIcc: true });
    const { channels: stored, format } = await image.metadata();
    if (colour !== "stored") image.autoOrient();
    const { data, info } = await image.toColourspace(stored < 3 ? "b-w" : "srgb").raw().toBuffer({
      resolveWithObject: true,
    });
    const { width, height, channels: found } = info;
    const pixels: Pixels = { width, height, channels: found, data };
    return inColour(pixels, colour, format === "png");
  } catch (cause) {
    throw new CremaError(`Expected an encoded image but found: ${(cause as Error).message}`, { cause });
  }
}

/** The channels that are asked for, of red, green and blue or of grey, with or without alpha. */
function inColour(pixels: Pixels, colour: DecodedColour, isPng: boolean): Pixels {
  const { channels } = pixels;
  if (colour === "gray") return channels < 3 ? plane(pixels) : toGray(pixels, isPng);
  return toBlueGreenRed(pixels, colour === "colour" ? 3 : channels === 2 ? 4 : channels);
}

/** The first channel. */
function plane({ width, height, channels, data }: Pixels): Pixels {
  if (channels === 1) return { width, height, channels, data };
  const gray = new Uint8Array(width * height);
  for (let pixel = 0; pixel < gray.length; pixel++) gray[pixel] = data[pixel * channels]!;
  return { width, height, channels: 1, data: gray };
}

/** Grey by the usual weights. For PNG, OpenCV leaves this to libpng, which rounds down. */
function toGray({ width, height, channels, data }: Pixels, isPng: boolean): Pixels {
  const gray = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < gray.length; pixel++, at += channels) {
    gray[pixel] = grayOf(data[at]!, data[at + 1]!, data[at + 2]!, isPng);
  }
  return { width, height, channels: 1, data: gray };
}

/** The grey of a colour, from 0 to 255. */
export function grayOf(red: number, green: number, blue: number, isPng = false): number {
  if (isPng) return (9797 * red + 19234 * green + 3737 * blue) >> 15;
  return (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14;
}

/** Red, green and blue, or grey, to `channels` channels in OpenCV's order. */
function toBlueGreenRed({ width, height, channels: found, data }: Pixels, channels: number): Pixels {
  if (channels === 1) return { width, height, channels, data };
  const count = width * height, turned = new Uint8Array(channels * count);
  const isGray = found < 3;
  for (let pixel = 0, at = 0, to = 0; pixel < count; pixel++, at += found, to += channels) {
    const red = data[at]!;
    turned[to] = isGray ? red : data[at + 2]!;
    turned[to + 1] = isGray ? red : data[at + 1]!;
    turned[to + 2] = red;
    if (channels === 4) turned[to + 3] = data[at + found - 1]!;
  }
  return { width, height, channels, data: turned };
}
