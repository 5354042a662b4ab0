import { decode, encode } from "../../proto/codec/binary.ts";
import { CremaError } from "../../base/error.ts";
import type { BlobProto, Datum } from "../../proto/messages.ts";
import { countOf, type NdArray, ndArray } from "./nd_array.ts";
import { counted } from "../../base/counted.ts";

/**
 * The values (or gradients) of a stored blob, as pycaffe's `blobproto_to_array` returns them. Old blobs have
 * the shape (num, channels, height, width). Throws a CremaError when the values do not fill the shape.
 *
 * ```ts
 * import { blobprotoToArray } from "./proto_arrays.ts";
 * import assert from "node:assert/strict";
 *
 * const array = blobprotoToArray({ shape: { dim: [2, 1] }, data: new Float32Array([3, 4]) });
 * assert.deepEqual(array.shape, [2, 1]);
 * ```
 */
export function blobprotoToArray(blob: BlobProto, what: "data" | "diff" = "data"): NdArray {
  const { num, channels, height, width } = blob;
  const legacy = [num, channels, height, width];
  const isLegacy = legacy.some((size) => size !== undefined);
  const shape = isLegacy ? legacy.map((size) => size ?? 0) : blob.shape?.dim ?? [];
  const double = what === "data" ? blob.double_data : blob.double_diff;
  return ndArray(shape, (what === "data" ? blob.data : blob.diff) ?? double ?? new Float32Array());
}

/**
 * Makes a BlobProto from an array and its gradients, as pycaffe's `array_to_blobproto` does. It shares the
 * arrays' memory. Throws a CremaError when the shapes differ.
 */
export function arrayToBlobproto(array: NdArray, diff?: NdArray): BlobProto {
  if (diff !== undefined && diff.shape.join() !== array.shape.join()) {
    throw new CremaError(
      `Expected gradients of shape (${array.shape.join(", ")}) but found (${diff.shape.join(", ")})`,
    );
  }
  const { shape, data } = ndArray(array.shape, array.data);
  return { shape: { dim: [...shape] }, data, ...(diff === undefined ? {} : { diff: diff.data }) };
}

/** Encodes arrays as a BlobProtoVector, as pycaffe's `arraylist_to_blobprotovector_str` does. */
export function arraysToBlobprotoVector(arrays: readonly NdArray[]): Uint8Array {
  return encode("BlobProtoVector", { blobs: arrays.map((array) => arrayToBlobproto(array)) });
}

/** Decodes the arrays of a BlobProtoVector. Throws a CremaError when the bytes are something else. */
export function blobprotoVectorToArrays(bytes: Uint8Array): NdArray[] {
  return (decode("BlobProtoVector", bytes).blobs ?? []).map((blob) => blobprotoToArray(blob));
}

/** An image (C, H, W) for a dataset, of bytes or floats. */
export interface DatumArray {
  /** C, H, W. */
  readonly shape: readonly number[];
  /** The values. Bytes are stored as bytes. */
  readonly data: Uint8Array | Float32Array;
}

/**
 * Makes a Datum from an image (C, H, W), as pycaffe's `array_to_datum` does. Throws a CremaError when the
 * array has a different number of axes or of values.
 */
export function arrayToDatum({ shape, data }: DatumArray, label?: number): Datum {
  const [channels, height, width] = shape;
  if (shape.length !== 3 || channels === undefined || height === undefined || width === undefined) {
    throw new CremaError(`Expected an array (C, H, W) but found one of shape (${shape.join(", ")})`);
  }
  if (data.length !== countOf(shape)) {
    throw new CremaError(`Expected ${counted(countOf(shape), "value")} but found ${data.length}`);
  }
  return {
    channels,
    height,
    width,
    ...(data instanceof Float32Array ? { float_data: data } : { data }),
    ...(label === undefined ? {} : { label }),
  };
}

/**
 * The image (C, H, W) of a Datum, as pycaffe's `datum_to_array` returns it. Throws a CremaError when it is
 * encoded or incomplete.
 */
export function datumToArray(datum: Datum): NdArray {
  if (datum.encoded) {
    throw new CremaError("Expected a Datum of plain values but found an encoded image", {
      hint: "Give its data to loadImage.",
    });
  }
  const { channels = 0, height = 0, width = 0, data = new Uint8Array(), float_data = [] } = datum;
  return ndArray([channels, height, width], data.length > 0 ? data : float_data);
}
