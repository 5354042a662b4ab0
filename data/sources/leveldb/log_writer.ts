import { ByteWriter } from "./byte_writer.ts";
import { crc32c, mask } from "../../../base/crc32c.ts";

const BLOCK = 32768, HEADER = 7;
const WHOLE = 1, FIRST = 2, MIDDLE = 3, LAST = 4;

/** The bytes of a LevelDB log file that holds one record, in as many parts as blocks of 32 KiB need. */
export function logOf(record: Uint8Array): Uint8Array {
  const log = new ByteWriter();
  const room = BLOCK - HEADER;
  for (let at = 0; at < record.length || at === 0; at += room) {
    const part = record.subarray(at, at + room);
    const isLast = at + room >= record.length;
    const kind = at === 0 ? isLast ? WHOLE : FIRST : isLast ? LAST : MIDDLE;
    const checked = new Uint8Array(1 + part.length);
    checked[0] = kind;
    checked.set(part, 1);
    log.fixed32(mask(crc32c(checked)));
    log.put(Uint8Array.of(part.length & 255, part.length >> 8));
    log.put(checked);
  }
  return log.bytes.slice();
}
