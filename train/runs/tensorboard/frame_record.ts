import { crc32c, mask } from "../../../base/crc32c.ts";

/**
 * A record as it stands in a TFRecord file: its length in eight bytes, their masked CRC-32C, the bytes, and their masked
 * CRC-32C, all little endian (https://www.tensorflow.org/tutorials/load_data/tfrecord).
 */
export function frameRecord(content: Uint8Array): Uint8Array {
  const record = new Uint8Array(content.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, mask(crc32c(record, 0, 8)), true);
  record.set(content, 12);
  view.setUint32(12 + content.length, mask(crc32c(content)), true);
  return record;
}
