import { crc32 } from "node:zlib";
import { CremaError } from "../../base/error.ts";
import type { NdArray } from "./nd_array.ts";
import { npyOf } from "./npy.ts";
import { joinBytes } from "../../base/join_bytes.ts";

/**
 * Arrays as the bytes of a NumPy .npz file, as `numpy.savez` writes it: a zip archive without compression. Throws a
 * CremaError from 4 GiB on, which needs another kind of archive.
 */
export function npzOf(arrays: ReadonlyMap<string, NdArray>): Uint8Array {
  return joinBytes(Array.from(npzParts(arrays)));
}

/** The bytes of {@link npzOf} in parts, each array made when it is its turn. Throws as that does. */
export function* npzParts(arrays: Iterable<readonly [string, NdArray]>): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, array] of arrays) {
    const file = new TextEncoder().encode(`${name}.npy`), content = npyOf(array), sum = crc32(content);
    // The fields that both headers have: version, flags (names in UTF-8), no compression, the first day of 1980.
    const fields = new Uint8Array(26), view = new DataView(fields.buffer);
    view.setUint16(0, 20, true);
    view.setUint16(2, 0x800, true);
    view.setUint16(8, 0x21, true);
    view.setUint32(10, sum, true);
    view.setUint32(14, content.length, true);
    view.setUint32(18, content.length, true);
    view.setUint16(22, file.length, true);
    yield joinBytes([Uint8Array.of(0x50, 0x4b, 3, 4), fields, file]);
    yield content;
    const entry = new Uint8Array(16), rest = new DataView(entry.buffer);
    rest.setUint32(12, offset, true);
    const version = Uint8Array.of(20, 3); // made by version 2.0 on Unix
    rest.setUint32(8, 0o100644 * 2 ** 16, true);
    directory.push(joinBytes([Uint8Array.of(0x50, 0x4b, 1, 2), version, fields, entry.subarray(2), file]));
    offset += 30 + file.length + content.length;
    if (offset >= 2 ** 32) throw new CremaError("Expected less than 4 GiB for an .npz file but found more");
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = new Uint8Array(22), view = new DataView(end.buffer);
  end.set([0x50, 0x4b, 5, 6]);
  view.setUint16(8, directory.length, true);
  view.setUint16(10, directory.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  yield* directory;
  yield end;
}
