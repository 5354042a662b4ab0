import { CremaError } from "../../base/error.ts";
import { parseIdx, unpackIdx } from "../sources/idx.ts";
import { loadImage } from "../images/load_image.ts";
import { float32Values } from "./float32_values.ts";
import { InputLimitError, type InputLimits } from "./input_limits.ts";
import { type NdArray, ndArray, transpose } from "./nd_array.ts";
import { isNpy, readNpy } from "./npy.ts";
import { counted } from "../../base/counted.ts";

/** Format of the bytes to classify; "auto" recognizes it by the first bytes. */
export type InputFormat = "auto" | "image" | "idx" | "npy" | "raw";

/** Decoded input for a net: images (H, W, K), or raw values for the input blob. */
export type NetworkInput = { images: NdArray[] } | { values: Float32Array };

/** What the net expects. */
export interface NetworkInputOptions {
  /** Shape of the net's input, (N, C, H, W) for images. */
  shape: readonly number[];
  /** Format of the bytes. Default: "auto". */
  format?: InputFormat | undefined;
  /** Where the bytes come from, for error messages. */
  name: string;
  /** How large it may be once it is decoded. Default: as large as memory allows. */
  limits?: InputLimits | undefined;
}

/** The first bytes of image files: JPEG, PNG, GIF, WebP, TIFF (two byte orders), AVIF. */
const IMAGES: readonly { at: number; bytes: readonly number[] }[] = [
  { at: 0, bytes: [0xff, 0xd8, 0xff] },
  { at: 0, bytes: [0x89, 0x50, 0x4e, 0x47] },
  { at: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
  { at: 0, bytes: [0x49, 0x49, 0x2a, 0x00] },
  { at: 0, bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { at: 4, bytes: [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66] },
];

/**
 * Decodes input for a net: an image file (turned as its EXIF orientation says), an IDX file of images (plain or
 * gzipped; bytes become values from 0 to 1), a .npy file, or raw little-endian float32 values for a whole number of examples. Throws a CremaError when the
 * bytes are none of these or do not fit the net, and an InputLimitError when they decode to more than `limits`.
 *
 * ```ts
 * import { readNetworkInput } from "./network_input.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
 * const input = await readNetworkInput(bytes, { shape: [10, 2], name: "two examples" });
 * assert.deepEqual(input, { values: new Float32Array([1, 2, 3, 4]) });
 * ```
 */
export async function readNetworkInput(
  bytes: Uint8Array,
  { shape, format = "auto", name, limits = {} }: NetworkInputOptions,
): Promise<NetworkInput> {
  if (bytes.length === 0) throw new CremaError("Expected an input but found no bytes", { file: name });
  const found = format === "auto" ? formatOf(bytes) : format;
  if (found === "raw") return { values: rawValues(bytes, shape, name) };
  if (found === "npy") return npyInput(bytes, shape, name);
  if (shape.length !== 4) {
    throw new CremaError(
      `Expected raw values, for the net's input of shape (${shape.join(", ")}), but found ${
        found === "image" ? "an image" : "an IDX file"
      }`,
      { file: name },
    );
  }
  const channels = shape[1]!;
  if (found === "idx") return { images: idxImages(bytes, channels, name, limits.idxBytes) };
  if (channels !== 1 && channels !== 3) {
    throw new CremaError(
      `Expected ${counted(channels, "channel")}, as the net takes them, but found an image`,
      {
        file: name,
      },
    );
  }
  try {
    return { images: [await loadImage(bytes, { color: channels === 3, orient: true, limits })] };
  } catch (cause) {
    if (!(cause instanceof CremaError)) throw cause;
    const Kind = cause instanceof InputLimitError ? InputLimitError : CremaError;
    throw new Kind(cause.message, { file: name, cause });
  }
}

function formatOf(bytes: Uint8Array): "image" | "idx" | "npy" | "raw" {
  const begins = (start: readonly number[], at = 0) => start.every((byte, i) => bytes[at + i] === byte);
  if (IMAGES.some(({ at, bytes: start }) => begins(start, at))) return "image";
  if (isNpy(bytes)) return "npy";
  if (begins([0x1f, 0x8b]) || begins([0, 0, 0x08]) || begins([0, 0, 0x0d])) return "idx";
  return "raw";
}

function rawValues(bytes: Uint8Array, shape: readonly number[], name: string): Float32Array {
  const count = shape.slice(1).reduce((product, length) => product * length, 1);
  if (bytes.length % (4 * count) !== 0) {
    throw new CremaError(
      `Expected an image, an IDX file, or ${4 * count} bytes (${count} float32 values) per example ` +
        `but found ${counted(bytes.length, "byte")} of something else`,
      { file: name },
    );
  }
  return float32Values(bytes, { littleEndian: true });
}

/**
 * What a .npy file holds: values of the input's own shape, or else images (H, W, K) or (N, H, W, K), as classify.py of
 * Caffe takes them: floats from 0 to 1, in the order red, green, blue, or bytes.
 */
function npyInput(bytes: Uint8Array, shape: readonly number[], name: string): NetworkInput {
  const array = readNpy(bytes, name), own = shape.slice(1);
  const isOwn = (axes: readonly number[]) => axes.join() === own.join();
  if (isOwn(array.shape.slice(1)) || isOwn(array.shape)) return { values: array.data };
  const [height = 0, width = 0, channels = 0] = array.shape.slice(-3);
  const isImages = shape.length === 4 && [3, 4].includes(array.shape.length) && channels === shape[1];
  if (!isImages) {
    throw new CremaError(
      `Expected an array (N, ${own.join(", ")})${
        shape.length === 4 ? `, or images (N, H, W, ${shape[1]})` : ""
      }, but found (${array.shape.join(", ")})`,
      { file: name },
    );
  }
  const size = height * width * channels, scale = array.bytes ? 255 : 1;
  return {
    images: Array.from(
      { length: array.data.length / size },
      (_, i) =>
        ndArray(
          [height, width, channels],
          array.data.slice(i * size, (i + 1) * size).map((value) => value / scale),
        ),
    ),
  };
}

function idxImages(
  bytes: Uint8Array,
  channels: number,
  name: string,
  limit: number | undefined,
): NdArray[] {
  const plain = unpackIdx(bytes, name, limit);
  if (limit !== undefined && plain.length > limit) {
    throw new InputLimitError(
      `Expected an IDX file of at most ${counted(limit, "byte")} but found ${plain.length}`,
      {
        file: name,
      },
    );
  }
  const { shape, data } = parseIdx(plain, name);
  // One image (H, W), images of one channel (N, H, W), or images (N, C, H, W).
  const [count, found, height, width] = shape.length === 2
    ? [1, 1, ...shape]
    : shape.length === 3
    ? [shape[0]!, 1, ...shape.slice(1)]
    : shape;
  if (shape.length < 2 || shape.length > 4 || found !== channels) {
    throw new CremaError(
      `Expected images of ${counted(channels, "channel")} but found an array of (${shape.join(", ")})`,
      {
        file: name,
      },
    );
  }
  const size = channels * height! * width!, scale = data instanceof Uint8Array ? 255 : 1;
  return Array.from({ length: count! }, (_, i) => {
    const values = new Float32Array(data.subarray(i * size, (i + 1) * size));
    for (let at = 0; at < size; at++) values[at]! /= scale;
    return transpose(ndArray([channels, height!, width!], values), [1, 2, 0]);
  });
}
