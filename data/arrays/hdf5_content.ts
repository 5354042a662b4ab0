import type { Entity, File, Group } from "h5wasm";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { Hdf5Library } from "./load_hdf5.ts";

/** An array in an HDF5 file, or a text. */
export type Hdf5Value =
  | { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array | Uint8Array }
  | string;

/** What an HDF5 file has, by path: "data/conv1/0". */
export interface Hdf5Content {
  /** Groups, those of nothing as well. */
  readonly groups: Set<string>;
  /** Arrays and texts. */
  readonly values: Map<string, Hdf5Value>;
}

/** Bytes that an HDF5 file begins with. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** The library's number for texts in UTF-8. */
const UTF8 = 1;

let filesMade = 0;

/**
 * Whether bytes are those of an HDF5 file.
 *
 * ```ts
 * import { isHdf5 } from "./hdf5_content.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(!isHdf5(new TextEncoder().encode("HDF5")));
 * ```
 */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte);
}

/**
 * The bytes of an HDF5 file; the groups on the way to a path are made. The format notes when each of them was made, to
 * the second: the same content written later gives other bytes.
 */
export function writeHdf5(library: Hdf5Library, { groups, values }: Hdf5Content): Uint8Array {
  return withFile(library, "w", undefined, (file) => {
    const made = new Set([""]);
    const make = (path: string) => {
      if (made.has(path)) return;
      make(parentOf(path));
      made.add(path);
      file.create_group(path);
    };
    for (const path of groups) make(path);
    for (const [path, value] of values) {
      make(parentOf(path));
      if (typeof value === "string") {
        // With the zero at the end that readers in C want.
        const size = new TextEncoder().encode(value).length + 1;
        file.create_dataset({ name: path, data: value, shape: [], dtype: `S${size}` });
      } else file.create_dataset({ name: path, data: value.values, shape: [...value.shape] });
    }
  });
}

/** All that an HDF5 file has. Throws a CremaError when it is broken. */
export function readHdf5(
  library: Hdf5Library,
  bytes: Uint8Array,
  place: CremaErrorOptions = {},
): Hdf5Content {
  const content: Hdf5Content = { groups: new Set(), values: new Map() };
  try {
    withFile(library, "r", bytes, (file) => readGroup(library, file, "", content));
    return content;
  } catch (cause) {
    throw new CremaError(`Expected an HDF5 file but found one that can't be read: ${reasonOf(cause)}`, {
      hint: "Check that the file was written and copied whole.",
      ...place,
      cause,
    });
  }
}

function readGroup(library: Hdf5Library, group: Group, path: string, content: Hdf5Content): void {
  for (const name of group.keys()) {
    const entity = group.get(name), at = path === "" ? name : `${path}/${name}`;
    if (entity instanceof library.h5.Group) {
      content.groups.add(at);
      readGroup(library, entity, at, content);
    } else {
      const value = valueOf(entity);
      if (value !== undefined) content.values.set(at, value);
    }
  }
}

/** The array or text that an object is; undefined for others. */
function valueOf(entity: Entity | null): Hdf5Value | undefined {
  if (entity === null || !("shape" in entity)) return undefined;
  const { value, shape, metadata } = entity;
  if (typeof value === "string") return metadata.cset === UTF8 ? value : asUtf8(value);
  if (shape === null || value === null) return undefined;
  if (typeof value === "number" || typeof value === "bigint") {
    return { shape, values: Float32Array.of(Number(value)) };
  }
  if (value instanceof Int32Array || value instanceof Uint8Array || value instanceof Float32Array) {
    return { shape, values: value };
  }
  return ArrayBuffer.isView(value)
    ? { shape, values: Float32Array.from(value as unknown as ArrayLike<number | bigint>, Number) }
    : undefined;
}

/** Caffe says that its texts are ASCII, whatever bytes they have; the library takes those for Latin-1. */
function asUtf8(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
}

/** Has the library open a file of these bytes, or of none; returns those that it then has. */
function withFile(
  { h5, files }: Hdf5Library,
  mode: "r" | "w",
  bytes: Uint8Array | undefined,
  use: (file: File) => void,
): Uint8Array {
  // The name of a file that could not be closed is not to be used again.
  const name = `crema-${filesMade++}.h5`;
  try {
    if (bytes !== undefined) files.writeFile(name, bytes);
    const file = new h5.File(name, mode);
    use(file);
    file.close();
    return mode === "w" ? files.readFile(name) : new Uint8Array();
  } finally {
    if (files.analyzePath(name, false).exists) files.unlink(name);
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** The innermost of the reasons that the library gives, a call each. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reasons = [...message.matchAll(/^ +#\d+: .* in \w+\(\): (.*)$/gm)];
  return reasons.at(-1)?.[1] ?? message;
}
