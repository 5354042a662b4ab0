import { crc32, inflateRawSync } from "node:zlib";
import type { ByteSource } from "../../base/byte_source.ts";
import { CremaError } from "../../base/error.ts";

/** A file in a zip archive, such as an array of a .npz file. */
export interface ZipEntry {
  /** Its name in the archive: "conv1/0.npy". */
  readonly name: string;
  /** Its size in bytes, unpacked. */
  readonly size: number;
  /** Its bytes. Throws a CremaError when they are damaged. */
  read(): Uint8Array<ArrayBuffer>;
  /** At least its first `length` bytes, or all there are. What is not compressed is not checked. */
  head(length: number): Uint8Array<ArrayBuffer>;
}

/** Whether bytes begin as a zip archive, which a .npz file is. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b &&
    (bytes[2] === 3 && bytes[3] === 4 || bytes[2] === 5 && bytes[3] === 6);
}

const END = 0x06054b50, END_64 = 0x06064b50, LOCATOR_64 = 0x07064b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;

/** Deflate packs a byte into no fewer bits than this allows. */
const HIGHEST_RATIO = 1032;

/**
 * Lists what a .npz file, as `numpy.savez` and `savez_compressed` write it, has in it: a zip archive, with or without
 * compression, also of 4 GiB and more. Throws a CremaError when it is something else, is damaged, or has two files of one
 * name.
 */
export function npzEntries(source: ByteSource): ZipEntry[] {
  const { file, size } = source;
  const { count, offset, length } = directoryOf(source);
  if (offset + length > size) throw damaged(file, "that its directory lies outside the file");
  const bytes = source.read(offset, length), view = new DataView(bytes.buffer);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || view.getUint32(at, true) !== ENTRY) throw damaged(file, "a damaged directory");
    const nameLength = view.getUint16(at + 28, true), extraLength = view.getUint16(at + 30, true);
    const end = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (end > length) throw damaged(file, "that its directory is cut off");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const extra = new DataView(bytes.buffer, at + 46 + nameLength, extraLength);
    if (entries.has(name)) throw damaged(file, `'${name}' twice`);
    entries.set(name, entryOf(source, name, view, at, extra));
    at = end;
  }
  return Array.from(entries.values());
}

function damaged(file: string | undefined, what: string): CremaError {
  return new CremaError(`Expected a .npz file but found ${what}`, {
    file,
    hint: "Check that the file was written and copied whole.",
  });
}

/** Where the directory is, which the end of the archive says. */
function directoryOf(source: ByteSource): { count: number; offset: number; length: number } {
  const { file, size } = source;
  // A comment of up to 64 KiB may follow.
  const start = Math.max(0, size - 22 - 0xffff);
  const bytes = source.read(start, size - start), view = new DataView(bytes.buffer);
  let at = bytes.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== END) at--;
  if (at < 0) throw damaged(file, "one without an end: it was cut, or is something else");
  const count = view.getUint16(at + 10, true), length = view.getUint32(at + 12, true);
  const offset = view.getUint32(at + 16, true), locator = at - 20;
  const isLarge = locator >= 0 && view.getUint32(locator, true) === LOCATOR_64;
  if (!isLarge) return { count, offset, length };
  const place = number64(view, locator + 8, file);
  if (place + 56 > size) throw damaged(file, "that its directory lies outside the file");
  const end = new DataView(source.read(place, 56).buffer);
  if (end.getUint32(0, true) !== END_64) throw damaged(file, "a damaged end");
  return {
    count: number64(end, 32, file),
    length: number64(end, 40, file),
    offset: number64(end, 48, file),
  };
}

function number64(view: DataView, at: number, file: string | undefined): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw damaged(file, `a size or place of ${value}`);
  return value;
}

function entryOf(source: ByteSource, name: string, view: DataView, at: number, extra: DataView): ZipEntry {
  const { file } = source;
  const flags = view.getUint16(at + 8, true), method = view.getUint16(at + 10, true);
  if ((flags & 1) !== 0) throw damaged(file, `'${name}' encrypted`);
  if (method !== 0 && method !== 8) {
    throw damaged(file, `'${name}' compressed by method ${method}, where 0 (none) and 8 (deflate) are known`);
  }
  const sum = view.getUint32(at + 16, true);
  const { packed, size, offset } = largeSizes(view, at, extra, file);
  if (offset + packed > source.size) throw damaged(file, `that '${name}' lies outside the file`);
  if (method === 0 ? size !== packed : size > packed * HIGHEST_RATIO + 64) {
    throw damaged(file, `'${name}' of ${size} bytes in ${packed}`);
  }
  const start = () => {
    const local = new DataView(source.read(offset, 30).buffer);
    if (local.getUint32(0, true) !== LOCAL) throw damaged(file, `that '${name}' is not where it should be`);
    return offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  };
  const read = () => {
    const bytes = source.read(start(), packed);
    const content = method === 0 ? bytes : inflated(bytes, size, name, file);
    if (content.length !== size || crc32(content) !== sum) throw damaged(file, `damaged bytes of '${name}'`);
    return content;
  };
  return {
    name,
    size,
    read,
    head: (length) => method === 0 ? source.read(start(), Math.min(length, size)) : read(),
  };
}

/** Sizes and place of an entry: those that don't fit 32 bits are in an extra field, in this order. */
function largeSizes(view: DataView, at: number, extra: DataView, file: string | undefined) {
  const known = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  for (let from = 0; from + 4 <= extra.byteLength;) {
    const id = extra.getUint16(from, true), end = from + 4 + extra.getUint16(from + 2, true);
    if (end > extra.byteLength) break;
    if (id === 1) {
      let next = from + 4;
      for (const [i, value] of known.entries()) {
        if (value !== 0xffffffff || next + 8 > end) continue;
        known[i] = number64(extra, next, file);
        next += 8;
      }
    }
    from = end;
  }
  const [size, packed, offset] = known as [number, number, number];
  return { packed, size, offset };
}

function inflated(
  bytes: Uint8Array,
  size: number,
  name: string,
  file: string | undefined,
): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) }));
  } catch (cause) {
    throw new CremaError(`Expected a .npz file but found damaged bytes of '${name}'`, { file, cause });
  }
}
