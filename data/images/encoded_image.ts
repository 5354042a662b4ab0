import { CremaError } from "../../base/error.ts";
import { type DecodedColour, decodeImage, grayOf } from "./decode_image.ts";
import type { DistortionParameter } from "../../proto/messages.ts";
import { distortImage } from "./distort_image.ts";
import type { ImageAugment, ImageChoices, ImageParts } from "./image_augment.ts";
import { loadSharp } from "./load_sharp.ts";
import { cutPixels } from "./place_pixels.ts";
import { type Pixels, resizePixels } from "./resize_pixels.ts";
import type { SourceRecord } from "../sources/record_source.ts";

/** How an image is decoded, and which channels a record gets. */
export interface ImageDecoding {
  /** Three channels. Without this and `forceGray`, a record keeps its own channels. */
  forceColor: boolean;
  /** One channel. */
  forceGray: boolean;
  /** Three channels for encoded images, while records that are not encoded keep theirs. */
  forceEncodedColor?: boolean | undefined;
  /** The size to which an encoded image is resized, as OpenCV does it (bilinear). */
  resize?: readonly [height: number, width: number] | undefined;
  /** In training: which part of an encoded image is taken, before it is resized. */
  parts?: ImageParts | undefined;
  /** In training: how the colours of an encoded image change, after it is resized. */
  distortion?: DistortionParameter | undefined;
  /** How to resize and augment an encoded image instead, before everything else. */
  images?: ImageAugment | undefined;
}

/**
 * Decodes the image file in a record, as Caffe does with OpenCV: channels in the order blue, green, red (and alpha).
 * `choices` are the random choices for `parts`, `distortion` and `images`; without them the image is only resized.
 * `decode` decodes a file, without `images`; its pixels are left as they are. Throws a CremaError when sharp is missing or the bytes are not an image.
 */
export async function decodeRecord(
  record: SourceRecord,
  decoding: ImageDecoding,
  choices?: ImageChoices,
  decode: (bytes: Uint8Array, colour: DecodedColour) => Promise<Pixels> = decodeImage,
): Promise<SourceRecord> {
  const { forceColor, forceGray, forceEncodedColor, resize, images, parts, distortion } = decoding;
  if (images !== undefined) return await augmentRecord(record, { ...decoding, images }, choices);
  const colour = forceGray ? "gray" : forceColor || forceEncodedColor ? "colour" : "stored";
  const decoded = await decode(record.data as Uint8Array, colour);
  let image = decoded;
  if (choices !== undefined && parts !== undefined) {
    const { left, top, width, height } = choices.part(image.width, image.height, parts);
    image = cutPixels(image, left, top, width, height);
  }
  if (resize !== undefined) image = resizePixels(image, ...resize);
  if (choices !== undefined && distortion !== undefined) {
    // What was decoded may be kept by who did it.
    if (image.data === decoded.data) image = { ...image, data: image.data.slice() };
    distortImage(image, distortion, choices.draw);
  }
  return toRecord(image, record.label);
}

/** A record of an image: the channels one after the other. */
export function toRecord({ width, height, channels, data: pixels }: Pixels, label: number): SourceRecord {
  const plane = height * width, data = new Uint8Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    for (let to = c * plane, end = to + plane, at = c; to < end; to++, at += channels) data[to] = pixels[at]!;
  }
  return { channels, height, width, label, data, encoded: false };
}

/**
 * Gives a record that is not encoded the channels that are asked for: from blue, green, red to grey, or grey three times.
 * Throws a CremaError for other numbers of channels.
 */
export function recolourRecord(
  record: SourceRecord,
  { forceColor, forceGray }: Pick<ImageDecoding, "forceColor" | "forceGray">,
): SourceRecord {
  const { channels, height, width, data } = record;
  const wanted = forceColor ? 3 : forceGray ? 1 : channels;
  if (channels === wanted) return record;
  if (channels !== 1 && channels !== 3) {
    throw new CremaError(
      `Expected a record of 1 or 3 channels for ${
        forceColor ? "force_color" : "force_gray"
      } but found ${channels}`,
    );
  }
  const plane = height * width, isFloats = data instanceof Float32Array;
  const recoloured = isFloats ? new Float32Array(wanted * plane) : new Uint8Array(wanted * plane);
  if (wanted === 3) {
    for (let c = 0; c < 3; c++) recoloured.set(data, c * plane);
  } else {
    for (let pixel = 0; pixel < plane; pixel++) {
      const blue = data[pixel]!, green = data[plane + pixel]!, red = data[2 * plane + pixel]!;
      recoloured[pixel] = isFloats ? 0.299 * red + 0.587 * green + 0.114 * blue : grayOf(red, green, blue);
    }
  }
  return { ...record, channels: wanted, data: recoloured };
}

async function augmentRecord(
  record: SourceRecord,
  { forceColor, forceGray, images }: ImageDecoding & { images: ImageAugment },
  choices: ImageChoices | undefined,
): Promise<SourceRecord> {
  const sharp = await loadSharp();
  let raw: { data: Uint8Array; info: { width: number; height: number; channels: number } };
  let isGray: boolean, isPng: boolean;
  try {
    const image = sharp(record.data as Uint8Array);
    const metadata = await image.metadata();
    isGray = metadata.channels === 1;
    isPng = metadata.format === "png";
    const [height, width] = images.size;
    if (choices !== undefined) image.extract(choices.part(metadata.width, metadata.height, images));
    image.resize(width, height, { fit: "fill" });
    raw = await image.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new CremaError(`Expected an encoded image but found: ${(cause as Error).message}`, { cause });
  }
  const { info: { width, height, channels: found } } = raw;
  choices?.colour(raw.data, found, images);
  const channels = forceGray ? 1 : forceColor ? 3 : isGray ? 1 : found;
  const reversed = images.order === "RGB";
  const data = new Uint8Array(channels * height * width);
  const plane = height * width;
  for (let pixel = 0; pixel < plane; pixel++) {
    const at = pixel * found;
    const red = raw.data[at]!;
    const green = found < 3 ? red : raw.data[at + 1]!;
    const blue = found < 3 ? red : raw.data[at + 2]!;
    if (channels === 1) {
      data[pixel] = isGray ? red : grayOf(red, green, blue, isPng);
    } else {
      data[pixel] = reversed ? red : blue;
      data[plane + pixel] = green;
      data[2 * plane + pixel] = reversed ? blue : red;
      if (channels === 4) data[3 * plane + pixel] = raw.data[at + 3]!;
    }
  }
  return { channels, height, width, label: record.label, data, encoded: false };
}
