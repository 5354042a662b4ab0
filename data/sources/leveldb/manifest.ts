import { CremaError } from "../../../base/error.ts";
import { pathHint } from "../../../base/path_hint.ts";
import { readBytesSync } from "../../../base/read_bytes.ts";
import { ByteReader } from "./byte_reader.ts";
import { damagedFile, readingFile } from "./damaged_file.ts";
import { logRecords } from "./log_records.ts";

/** A table of a LevelDB. */
export interface TableFile {
  /** Its number, which is its name. */
  number: number;
  /** Its level: tables of level 0 may overlap, those of another level do not. */
  level: number;
  /** Number of bytes. */
  size: number;
  /** Its first key, with the eight bytes that LevelDB adds. */
  smallest: Uint8Array;
}

/** Which files of a LevelDB hold its records. */
export interface Manifest {
  /** The tables, in no order. */
  tables: TableFile[];
  /** Logs from this number on hold records that are in no table yet. */
  logNumber: number;
  /** An older log of that kind; 0 for none. */
  previousLog: number;
}

/** Fields of a change of the set of files, from LevelDB's version_edit.cc. */
export const Field = {
  COMPARATOR: 1,
  LOG_NUMBER: 2,
  NEXT_FILE: 3,
  LAST_SEQUENCE: 4,
  COMPACT_POINTER: 5,
  DELETED_FILE: 6,
  NEW_FILE: 7,
  PREVIOUS_LOG: 9,
} as const;

/** Reads CURRENT and the manifest that it names. Throws a CremaError when there is no LevelDB in the folder. */
export function readManifest(folder: string): Manifest {
  const path = `${folder}/${readCurrent(folder)}`;
  const tables = new Map<string, TableFile>();
  const manifest: Manifest = { tables: [], logNumber: 0, previousLog: 0 };
  for (const record of logRecords(path)) {
    readingFile(path, "a change of the set of files", () => applyEdit(path, record, tables, manifest));
  }
  manifest.tables = [...tables.values()];
  return manifest;
}

function readCurrent(folder: string): string {
  let isFolder = false, hasCurrent = false;
  try {
    isFolder = Deno.statSync(folder).isDirectory;
    hasCurrent = isFolder && Deno.statSync(`${folder}/CURRENT`).isFile;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
  }
  if (!isFolder) {
    throw new CremaError(`Expected a LevelDB at '${folder}' but found no such folder`, {
      hint: pathHint(
        folder,
        "A relative path is looked up from the current folder, then from the prototxt's.",
      ),
    });
  }
  if (!hasCurrent) {
    const isLmdb = exists(`${folder}/data.mdb`);
    throw new CremaError(
      `Expected a LevelDB at '${folder}' but found ${isLmdb ? "an LMDB" : "no file CURRENT"}`,
      {
        hint: isLmdb ? "Say `backend: LMDB`: without it, it is LEVELDB, Caffe's default." : undefined,
      },
    );
  }
  const name = new TextDecoder().decode(readBytesSync(`${folder}/CURRENT`, "a file of a LevelDB")).trimEnd();
  if (/^MANIFEST-\d+$/.test(name)) return name;
  throw damagedFile(`${folder}/CURRENT`, "the name of a manifest", `'${name.slice(0, 40)}'`);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function applyEdit(
  path: string,
  record: Uint8Array<ArrayBuffer>,
  tables: Map<string, TableFile>,
  manifest: Manifest,
): void {
  const reader = new ByteReader(record);
  while (!reader.done) {
    const field = reader.varint();
    if (field === Field.COMPARATOR) {
      const name = new TextDecoder().decode(reader.string());
      if (name !== "leveldb.BytewiseComparator") {
        throw new CremaError(`Expected keys in the order of their bytes in '${path}' but found '${name}'`);
      }
    } else if (field === Field.LOG_NUMBER) manifest.logNumber = reader.varint();
    else if (field === Field.PREVIOUS_LOG) manifest.previousLog = reader.varint();
    else if (field === Field.NEXT_FILE || field === Field.LAST_SEQUENCE) reader.varint();
    else if (field === Field.COMPACT_POINTER) {
      reader.varint();
      reader.string();
    } else if (field === Field.DELETED_FILE) {
      const level = reader.varint();
      tables.delete(`${level}/${reader.varint()}`);
    } else if (field === Field.NEW_FILE) {
      const level = reader.varint(), number = reader.varint(), size = reader.varint();
      const smallest = reader.string();
      reader.string();
      tables.set(`${level}/${number}`, { level, number, size, smallest });
    } else throw damagedFile(path, "a change of the set of files", `field ${field}`);
  }
}
