import protobuf from "protobufjs";
import type { Histogram } from "./histogram.ts";

/** A PNG for TensorBoard. */
export interface SummaryImage {
  width: number;
  height: number;
  /** 1 for grey, 3 for colours. */
  channels: 1 | 3;
  /** The bytes of the file. */
  png: Uint8Array;
}

/** What an event tells about one tag. */
export type SummaryValue =
  & { tag: string }
  & ({ scalar: number } | { image: SummaryImage } | { histogram: Histogram });

/** What an event holds: the version of the file's format, the begin of a session, or values. */
export type EventContent = { fileVersion: string } | { sessionStart: true } | {
  values: readonly SummaryValue[];
};

const BYTES = 2, FIXED32 = 5, FIXED64 = 1, VARINT = 0;
const SESSION_START = 1;

/**
 * The bytes of TensorFlow's Event message (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).
 * `wallTime` is in seconds since 1970.
 */
export function eventBytes(wallTime: number, step: number, content: EventContent): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, FIXED64)).double(wallTime);
  writer.uint32(tag(2, VARINT)).int64(step);
  if ("fileVersion" in content) writer.uint32(tag(3, BYTES)).string(content.fileVersion);
  else if ("sessionStart" in content) {
    writer.uint32(tag(7, BYTES)).fork().uint32(tag(1, VARINT)).int32(SESSION_START).ldelim();
  } else {
    writer.uint32(tag(5, BYTES)).fork();
    for (const value of content.values) writeValue(writer, value);
    writer.ldelim();
  }
  return writer.finish();
}

function writeValue(writer: protobuf.Writer, value: SummaryValue): void {
  writer.uint32(tag(1, BYTES)).fork();
  writer.uint32(tag(1, BYTES)).string(value.tag);
  if ("scalar" in value) writer.uint32(tag(2, FIXED32)).float(value.scalar);
  else if ("image" in value) {
    const { width, height, channels, png } = value.image;
    writer.uint32(tag(4, BYTES)).fork()
      .uint32(tag(1, VARINT)).int32(height)
      .uint32(tag(2, VARINT)).int32(width)
      .uint32(tag(3, VARINT)).int32(channels)
      .uint32(tag(4, BYTES)).bytes(png)
      .ldelim();
  } else writeHistogram(writer, value.histogram);
  writer.ldelim();
}

function writeHistogram(writer: protobuf.Writer, histogram: Histogram): void {
  const { min, max, num, sum, sumSquares, bucketLimit, bucket } = histogram;
  writer.uint32(tag(5, BYTES)).fork();
  for (const [i, value] of [min, max, num, sum, sumSquares].entries()) {
    writer.uint32(tag(i + 1, FIXED64)).double(value);
  }
  for (const [field, values] of [[6, bucketLimit], [7, bucket]] as const) {
    writer.uint32(tag(field, BYTES)).fork();
    for (const value of values) writer.double(value);
    writer.ldelim();
  }
  writer.ldelim();
}

/** The number that stands before a field: which it is, and how it is written. */
function tag(field: number, wire: number): number {
  return (field << 3) | wire;
}
