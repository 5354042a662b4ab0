import { decode, encode } from "../../proto/codec/binary.ts";
import { CremaError } from "../../base/error.ts";
import type { Datum } from "../../proto/messages.ts";
import type { SourceRecord } from "./record_source.ts";
import { counted } from "../../base/counted.ts";

/**
 * Reads a record from the bytes of a Datum. The record's `data` is a view of `bytes` where possible. Throws a
 * CremaError when the bytes are not a Datum or its values do not fill its shape.
 *
 * ```ts
 * import { readDatum, writeDatum } from "./datum.ts";
 * import assert from "node:assert/strict";
 *
 * const record = { channels: 1, height: 1, width: 2, label: 7, data: new Uint8Array([1, 2]), encoded: false };
 * assert.deepEqual(readDatum(writeDatum(record)), record);
 * ```
 */
export function readDatum(bytes: Uint8Array): SourceRecord {
  return checked(readPlainDatum(bytes) ?? plainRecordOf(decode("Datum", bytes)));
}

/** Encodes a record as a Datum, with its fields in the order of Caffe's own tools. */
export function writeDatum(record: SourceRecord): Uint8Array {
  const { channels, height, width, label, data, encoded } = checked(record);
  return encode("Datum", {
    ...(encoded ? { encoded } : { channels, height, width }),
    label,
    ...(data instanceof Float32Array ? { float_data: data } : { data }),
  });
}

/** The record of a decoded Datum. Throws a CremaError when its values do not fill its shape. */
export function recordOf(datum: Datum): SourceRecord {
  return checked(plainRecordOf(datum));
}

function plainRecordOf(
  { channels = 0, height = 0, width = 0, label = 0, encoded = false, ...values }: Datum,
): SourceRecord {
  const bytes = values.data ?? new Uint8Array();
  // Caffe reads float_data only when data is empty.
  const data = bytes.length === 0 && !encoded ? values.float_data ?? bytes : bytes;
  return { channels, height, width, label, data, encoded };
}

function checked(record: SourceRecord): SourceRecord {
  const { channels, height, width, data, encoded } = record;
  if (encoded) {
    if (data.length === 0) throw new CremaError("Expected an encoded image but found no bytes");
    return record;
  }
  const shape = `${channels}x${height}x${width}`;
  if (channels < 1 || height < 1 || width < 1) {
    throw new CremaError(`Expected a Datum of at least 1x1x1 but found ${shape}`);
  }
  if (data.length !== channels * height * width) {
    throw new CremaError(
      `Expected a Datum of ${shape} to have ${
        counted(channels * height * width, "value")
      } but found ${data.length}`,
    );
  }
  return record;
}

// Tags (field number * 8 + wire type) of the fields of a Datum that holds bytes.
const CHANNELS = 8, HEIGHT = 16, WIDTH = 24, DATA = 34, LABEL = 40, ENCODED = 56;

/**
 * The fast path for nearly all records, about twenty times faster than the general codec. Returns undefined
 * for anything unusual, which is left to the codec.
 */
function readPlainDatum(bytes: Uint8Array): SourceRecord | undefined {
  let channels = 0, height = 0, width = 0, label = 0, encoded = 0;
  let data: Uint8Array | undefined;
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++]!;
    if (
      tag !== CHANNELS && tag !== HEIGHT && tag !== WIDTH && tag !== DATA && tag !== LABEL && tag !== ENCODED
    ) {
      return undefined;
    }
    // A varint of up to 31 bits. Negative numbers take ten bytes and are left to the codec.
    let value = 0, shift = 0, byte;
    do {
      if (at >= bytes.length || shift > 28) return undefined;
      byte = bytes[at++]!;
      if (shift === 28 && byte > 7) return undefined;
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    if (value < 0) return undefined;
    if (tag === DATA) {
      if (value > bytes.length - at) return undefined;
      data = bytes.subarray(at, at += value);
    } else if (tag === CHANNELS) channels = value;
    else if (tag === HEIGHT) height = value;
    else if (tag === WIDTH) width = value;
    else if (tag === LABEL) label = value;
    else encoded = value;
  }
  if (data === undefined || data.length === 0) return undefined;
  return { channels, height, width, label, data, encoded: encoded !== 0 };
}
