import { decode } from "../../proto/codec/binary.ts";
import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import type { ImageShape } from "./image_shape.ts";
import { counted } from "../../base/counted.ts";

/**
 * Reads a mean image from a .binaryproto, a BlobProto of shape (1, C, H, W). Throws a CremaError when the
 * file is missing or holds something else.
 */
export function readMeanFile(path: string): { shape: ImageShape; values: Float32Array<ArrayBuffer> } {
  const hint = "A relative path is looked up from the current folder, then from the prototxt's.";
  const bytes = readBytesSync(path, "a mean_file", hint);
  const blob = decode("BlobProto", bytes, { file: path });
  const axes = blob.shape?.dim ?? [blob.num ?? 0, blob.channels ?? 0, blob.height ?? 0, blob.width ?? 0];
  const [num, channels, height, width] = [
    ...Array(Math.max(0, 4 - axes.length)).fill(1),
    ...axes,
  ] as number[];
  const values = new Float32Array(blob.data ?? blob.double_data ?? []);
  if (axes.length > 4 || num !== 1 || values.length === 0 || values.length !== channels! * height! * width!) {
    throw new CremaError(
      `Expected a mean image of (1, C, H, W) but found ${counted(values.length, "value")} of (${
        axes.join(", ")
      })`,
      { file: path },
    );
  }
  return { shape: { channels: channels!, height: height!, width: width! }, values };
}
