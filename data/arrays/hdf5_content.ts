import type { Dataset, File, Group } from "h5wasm";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import type { Hdf5Library } from "./load_hdf5.ts";

/** A value in an HDF5 file: an array or a string. */
export type Hdf5Value =
  | { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array | Uint8Array }
  | string;

/** The contents of an HDF5 file by path, such as "data/conv1/0". */
export interface Hdf5Content {
  /** Paths of the groups, including empty ones. */
  readonly groups: Set<string>;
  /** Arrays and strings by path. */
  readonly values: Map<string, Hdf5Value>;
}

/** The first bytes of an HDF5 file. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** The library's number for strings in UTF-8. */
const UTF8 = 1;

/** How often a file may lead to groups that were read already under another name. */
const MOST_REPEATS = 1000;

let filesMade = 0;

/**
 * Whether these are the bytes of an HDF5 file.
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
 * Writes the bytes of an HDF5 file. Makes the groups that lead to each path. The format stores the time (in
 * seconds) at which each object was made, so the same content gives different bytes when it is written later.
 */
export function writeHdf5(library: Hdf5Library, { groups, values }: Hdf5Content): Uint8Array {
  return withHdf5File(library, "w", undefined, (file) => {
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
        // With the final zero that readers in C expect.
        const size = new TextEncoder().encode(value).length + 1;
        file.create_dataset({ name: path, data: value, shape: [], dtype: `S${size}` });
      } else file.create_dataset({ name: path, data: value.values, shape: [...value.shape] });
    }
  });
}

/**
 * Reads all groups and values of an HDF5 file. Throws a CremaError with this place when the file is damaged.
 */
export function readHdf5(
  library: Hdf5Library,
  bytes: Uint8Array,
  place: CremaErrorOptions = {},
): Hdf5Content {
  const content: Hdf5Content = { groups: new Set(), values: new Map() };
  try {
    withHdf5File(library, "r", bytes, (file) => {
      readGroup(library, file, "", content, {
        ancestors: new Map(),
        groups: new Set(),
        repeats: 0,
        values: new Map(),
      });
    });
    return content;
  } catch (cause) {
    if (cause instanceof CremaError) {
      throw new CremaError(cause.reason, { hint: cause.hint, ...place, cause });
    }
    throw new CremaError(`Expected an HDF5 file but found one that can't be read: ${hdf5Reason(cause)}`, {
      hint: "Check that the file was written and copied whole.",
      ...place,
      cause,
    });
  }
}

/** Objects that were visited, by {@link identityOf}. */
interface Visited {
  /** Paths of the groups from the root to the current one. */
  ancestors: Map<string, string>;
  /** All groups so far. */
  groups: Set<string>;
  /** Number of visits to groups that were visited before. */
  repeats: number;
  /** Arrays and strings. Each is read once, however many names it has. */
  values: Map<string, Hdf5Value | undefined>;
}

/**
 * Reads a group and the groups in it. Links may lead anywhere, so a group within itself is refused, and the number
 * of repeats is bounded: it doubles with each group that holds two links to the next.
 */
function readGroup(
  library: Hdf5Library,
  group: Group,
  path: string,
  content: Hdf5Content,
  visited: Visited,
): void {
  const own = identityOf(group), { ancestors } = visited;
  const above = ancestors.get(own);
  if (above !== undefined) {
    const around = above === "" ? "/" : above;
    throw new CremaError(`Expected a tree of groups but found '${around}' within itself, as '${path}'`, {
      hint: "Remove that link from the file.",
    });
  }
  if (visited.groups.has(own) && ++visited.repeats > MOST_REPEATS) {
    throw new CremaError(`Expected at most ${MOST_REPEATS} more names for the same groups but found more`, {
      hint: "Remove the hard links or soft links from the file.",
    });
  }
  visited.groups.add(own);
  ancestors.set(own, path);
  for (const name of group.keys()) {
    const entity = group.get(name), at = path === "" ? name : `${path}/${name}`;
    if (entity instanceof library.h5.Group) {
      content.groups.add(at);
      readGroup(library, entity, at, content, visited);
    } else if (entity instanceof library.h5.Dataset) {
      const identity = identityOf(entity);
      if (!visited.values.has(identity)) visited.values.set(identity, valueOf(entity));
      const value = visited.values.get(identity);
      if (value !== undefined) content.values.set(at, value);
    }
  }
  ancestors.delete(own);
}

/** The address of an object in its file, which is the same for all of its names. */
function identityOf(object: Group | Dataset): string {
  return object.create_reference().ref_data.join();
}

/** The array or string that an object holds; undefined for other objects. */
function valueOf(dataset: Dataset): Hdf5Value | undefined {
  const { value, shape, metadata } = dataset;
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

/** Caffe marks its strings as ASCII whatever their bytes, and the library decodes those as Latin-1. */
function asUtf8(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
}

/**
 * Opens a file in the library, with these bytes if there are any. Returns the bytes of a file that was
 * written.
 */
export function withHdf5File(
  { h5, files }: Hdf5Library,
  mode: "r" | "w",
  bytes: Uint8Array | undefined,
  use: (file: File) => void,
): Uint8Array {
  // Each file gets a new name, since a file that could not be closed blocks its name.
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

/** The innermost of the reasons in the library's stack trace. */
export function hdf5Reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reasons = [...message.matchAll(/^ +#\d+: .* in \w+\(\): (.*)$/gm)];
  return reasons.at(-1)?.[1] ?? message;
}
