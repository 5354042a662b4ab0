import { readBytesSync } from "../../../base/read_bytes.ts";
import { crc32c, unmask } from "../../../base/crc32c.ts";
import { damagedFile } from "./damaged_file.ts";
import { joinBytes } from "../../../base/join_bytes.ts";

const BLOCK = 32768, HEADER = 7;

/** Kinds of the parts of a record, from LevelDB's log format. */
const WHOLE = 1, FIRST = 2, LAST = 4;

/**
 * The records of a LevelDB log file: of the manifest, or of what was written last. Throws a CremaError when the file is
 * damaged or ends within a record.
 */
export function* logRecords(path: string): Generator<Uint8Array<ArrayBuffer>> {
  const bytes = readBytesSync(path, "a file of a LevelDB");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = BLOCK - at % BLOCK;
    if (left < HEADER) {
      at += left; // too little for a header: zeros
      continue;
    }
    if (at + HEADER > bytes.length) throw damagedFile(path, "a whole record", "its end");
    const length = view.getUint16(at + 4, true), kind = bytes[at + 6]!;
    if (kind === 0 && length === 0) {
      at += left; // space that was reserved and never written
      continue;
    }
    const end = at + HEADER + length;
    if (HEADER + length > left || kind > LAST) {
      throw damagedFile(path, "a record", `kind ${kind} and ${length} bytes at byte ${at}`);
    }
    if (end > bytes.length) throw damagedFile(path, "a whole record", "its end");
    if (crc32c(bytes, at + 6, end) !== unmask(view.getUint32(at, true))) {
      throw damagedFile(path, "the checksum of a record", `another one at byte ${at}`);
    }
    const part = bytes.subarray(at + HEADER, end);
    at = end;
    if ((kind === WHOLE || kind === FIRST) !== (parts.length === 0)) {
      throw damagedFile(path, "parts of records in their order", `kind ${kind} before byte ${at}`);
    }
    if (kind === WHOLE) yield part;
    else parts.push(part);
    if (kind === LAST) {
      yield joinBytes(parts);
      parts = [];
    }
  }
  if (parts.length > 0) throw damagedFile(path, "a whole record", "its end");
}
