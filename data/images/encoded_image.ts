import { CremaError } from "../../base/error.ts";
import type { ImageAugment, ImageChoices } from "./image_augment.ts";
import { loadSharp } from "./load_sharp.ts";
import type { SourceRecord } from "../sources/record_source.ts";

/** How an encoded image is decoded. As in Caffe, this does nothing to records that are not encoded. */
export interface ImageDecoding {
  /** Decode to three channels. Without this and `forceGray`, the image keeps its own channels. */
  forceColor: boolean;
  /** Decode to one channel. */
  forceGray: boolean;
  /** How to resize and augment the image, before everything else. */
  images?: ImageAugment | undefined;
}

/**
 * Decodes the image file in a record, as Caffe does with OpenCV: channels in the order blue, green, red (and
 * alpha). `choices` are the random choices for `images`; without them the image is only resized. Loads the
 * library sharp at the first call. Throws a CremaError when sharp is missing or the bytes are not an image.
 */
export async function decodeRecord(
  record: SourceRecord,
  { forceColor, forceGray, images }: ImageDecoding,
  choices?: ImageChoices,
): Promise<SourceRecord> {
  const sharp = await loadSharp();
  let raw: { data: Uint8Array; info: { width: number; height: number; channels: number } };
  let isGray: boolean, isPng: boolean;
  try {
    const image = sharp(record.data as Uint8Array);
    const metadata = await image.metadata();
    isGray = metadata.channels === 1;
    isPng = metadata.format === "png";
    if (images !== undefined) {
      const [height, width] = images.size;
      if (choices !== undefined) image.extract(choices.part(metadata.width, metadata.height, images));
      image.resize(width, height, { fit: "fill" });
    }
    raw = await image.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new CremaError(`Expected an encoded image but found: ${(cause as Error).message}`, { cause });
  }
  const { info: { width, height, channels: found } } = raw;
  if (images !== undefined) choices?.colour(raw.data, found, images);
  const channels = forceGray ? 1 : forceColor ? 3 : isGray ? 1 : found;
  const reversed = images?.order === "RGB";
  const data = new Uint8Array(channels * height * width);
  const plane = height * width;
  for (let pixel = 0; pixel < plane; pixel++) {
    const at = pixel * found;
    const red = raw.data[at]!;
    const green = found < 3 ? red : raw.data[at + 1]!;
    const blue = found < 3 ? red : raw.data[at + 2]!;
    if (channels === 1) {
      data[pixel] = isGray ? red : luma(red, green, blue, isPng);
    } else {
      data[pixel] = reversed ? red : blue;
      data[plane + pixel] = green;
      data[2 * plane + pixel] = reversed ? blue : red;
      if (channels === 4) data[3 * plane + pixel] = raw.data[at + 3]!;
    }
  }
  return { channels, height, width, label: record.label, data, encoded: false };
}

/** Grey by the usual weights. For PNG, OpenCV leaves this to libpng, which rounds down. */
function luma(red: number, green: number, blue: number, isPng: boolean): number {
  if (isPng) return (9798 * red + 19235 * green + 3735 * blue) >> 15;
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
}
