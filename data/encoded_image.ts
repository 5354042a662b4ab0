import { CremaError } from "../proto/error.ts";
import type { SourceRecord } from "./record_source.ts";

/** Which colours an encoded image is decoded to; neither: those that it has. */
export interface ImageColours {
  /** Always three channels. */
  forceColor: boolean;
  /** Always one channel. */
  forceGray: boolean;
}

/** What is used of the library sharp. */
interface Sharp {
  (bytes: Uint8Array): {
    toColourspace(name: string): { raw(): { toBuffer(options: { resolveWithObject: true }): Promise<Raw> } };
  };
}
interface Raw {
  data: Uint8Array;
  info: { width: number; height: number; channels: number };
}

/**
 * Decodes the image file in a record, as Caffe does with OpenCV: channels in the order blue, green, red (and alpha). The
 * library for it, sharp, is loaded at the first call. Throws a CremaError when it is missing or the bytes are no image.
 */
export async function decodeRecord(record: SourceRecord, colours: ImageColours): Promise<SourceRecord> {
  const sharp = await loadSharp();
  let raw: Raw;
  try {
    raw = await sharp(record.data as Uint8Array).toColourspace("srgb").raw().toBuffer({
      resolveWithObject: true,
    });
  } catch (cause) {
    throw new CremaError(`Expected an encoded image but found: ${(cause as Error).message}`, { cause });
  }
  const { info: { width, height, channels: found } } = raw;
  const isGray = found < 3;
  const channels = colours.forceGray ? 1 : colours.forceColor ? 3 : isGray ? 1 : found;
  const data = new Uint8Array(channels * height * width);
  const plane = height * width;
  for (let pixel = 0; pixel < plane; pixel++) {
    const at = pixel * found;
    const red = raw.data[at]!;
    const green = isGray ? red : raw.data[at + 1]!;
    const blue = isGray ? red : raw.data[at + 2]!;
    if (channels === 1) {
      data[pixel] = isGray ? red : gray(red, green, blue);
    } else {
      data[pixel] = blue;
      data[plane + pixel] = green;
      data[2 * plane + pixel] = red;
      if (channels === 4) data[3 * plane + pixel] = raw.data[at + 3]!;
    }
  }
  return { channels, height, width, label: record.label, data, encoded: false };
}

/** Luma, by the weights that OpenCV and JPEG use. */
function gray(red: number, green: number, blue: number): number {
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
}

let loading: Promise<Sharp> | undefined;

function loadSharp(): Promise<Sharp> {
  return loading ??= load();
}

async function load(): Promise<Sharp> {
  // Kept out of Deno's sight, which would fetch these 20 MB for everybody.
  const name = ["sharp"].join();
  try {
    return ((await import(name)) as { default: Sharp }).default;
  } catch (cause) {
    loading = undefined;
    throw new CremaError("Expected the library sharp, which decodes JPEG and PNG records, but found none", {
      hint: `It comes from npm at the first use: ${(cause as Error).message}`,
      cause,
    });
  }
}
