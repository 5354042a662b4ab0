import { CremaError } from "../../base/error.ts";
import { loadSharp } from "./load_sharp.ts";
import type { Pixels } from "./resize_pixels.ts";

/** OpenCV's quality for JPEG and WebP. */
const QUALITY = 95;

/**
 * Encodes an image, of one channel or of blue, green and red, as a file of a type ("png", "jpg"), as OpenCV's
 * `imencode` does. Throws a CremaError for a type that can't be written.
 */
export async function encodeImage(
  { width, height, channels, data }: Pixels,
  type: string,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  let pixels = data;
  if (channels === 3) {
    pixels = new Uint8Array(data.length);
    for (let at = 0; at < data.length; at += 3) {
      pixels[at] = data[at + 2]!;
      pixels[at + 1] = data[at + 1]!;
      pixels[at + 2] = data[at]!;
    }
  }
  const image = sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 } });
  if (channels === 1) image.toColourspace("b-w");
  switch (type) {
    case "png":
      return await image.png({ compressionLevel: 3 }).toBuffer();
    case "jpg":
    case "jpeg":
      return await image.jpeg({ quality: QUALITY, chromaSubsampling: "4:2:0" }).toBuffer();
    case "webp":
      return await image.webp({ quality: QUALITY }).toBuffer();
    case "tif":
    case "tiff":
      return await image.tiff({ compression: "lzw" }).toBuffer();
    default:
      throw new CremaError(`Expected an image type (png, jpg, webp, tiff) but found '${type}'`);
  }
}
