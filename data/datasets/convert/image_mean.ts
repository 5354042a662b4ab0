import { CremaError } from "../../../base/error.ts";
import { encode } from "../../../proto/codec/binary.ts";
import { decodeRecord } from "../../images/encoded_image.ts";
import { formatShape, type ImageShape } from "../../images/image_shape.ts";
import type { Backend } from "../../sources/open_writer.ts";
import { openSource } from "../../sources/source_spec.ts";
import { type ConvertProgress, turn } from "./convert_progress.ts";

/** The mean image of a database. */
export interface ImageMean {
  /** Number of records. */
  count: number;
  /** (C, H, W) of the image. */
  shape: ImageShape;
  /** The mean of each value. */
  values: Float32Array;
  /** The mean of each channel. */
  channels: number[];
}

/**
 * The mean image of a database of Datum messages, as Caffe's compute_image_mean computes it: sums of float32 values.
 * Throws a CremaError when there are no records, or not all of one shape.
 */
export async function imageMean(
  path: string,
  { backend = "lmdb", onProgress, signal }: ConvertProgress & { backend?: Backend | undefined } = {},
): Promise<ImageMean> {
  using source = openSource(
    backend === "lmdb" ? { type: "lmdb", path } : { type: "leveldb", path, listed: false },
  );
  let shape: ImageShape | undefined, sum = new Float32Array(), count = 0;
  for (let record = source.read(); record !== undefined; record = source.read()) {
    const image = record.encoded
      ? await decodeRecord(record, { forceColor: false, forceGray: false })
      : record;
    const { channels, height, width, data } = image;
    if (shape === undefined) {
      shape = { channels, height, width };
      sum = new Float32Array(data.length);
    }
    if (channels !== shape.channels || height !== shape.height || width !== shape.width) {
      const where = source.describe?.(count) ?? `record ${count}`;
      throw new CremaError(
        `Expected ${where} to be ${formatShape(shape)}, as the first, but found ${formatShape(image)}`,
        { file: path, hint: "A mean image needs images of one size: resize them when the database is made." },
      );
    }
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
    count++;
    if (count % 1000 !== 0 || count === source.count) continue;
    onProgress?.(count, source.count ?? count);
    await turn(signal);
  }
  if (shape === undefined) throw new CremaError("Expected records but found none", { file: path });
  onProgress?.(count, count);
  for (let i = 0; i < sum.length; i++) sum[i]! /= count;
  const plane = shape.height * shape.width;
  const channels = Array.from({ length: shape.channels }, (_, c) => {
    const total = new Float32Array(1);
    for (const value of sum.subarray(c * plane, (c + 1) * plane)) total[0]! += value;
    return Math.fround(total[0]! / plane);
  });
  return { count, shape, values: sum, channels };
}

/** The bytes of a mean file (.binaryproto): a BlobProto of (1, C, H, W), as Caffe writes it. */
export function meanFileOf({ shape: { channels, height, width }, values }: ImageMean): Uint8Array {
  return encode("BlobProto", { num: 1, channels, height, width, data: values });
}
