import { CremaError } from "../../base/error.ts";
import { LeveldbWriter } from "./leveldb/leveldb_writer.ts";
import { LmdbWriter } from "./lmdb_writer.ts";
import type { RecordWriter } from "./record_writer.ts";

/** The databases that Caffe reads. */
export type Backend = "lmdb" | "leveldb";

/** The names of {@link Backend}. */
export const BACKENDS: readonly Backend[] = ["lmdb", "leveldb"];

/** Begins a database. Throws a CremaError when something is there already, as Caffe's tools do, and for an empty path. */
export function openWriter(path: string, backend: Backend): RecordWriter {
  if (path === "") throw new CremaError("Expected the path of a database but found an empty one");
  return backend === "lmdb" ? new LmdbWriter(path) : new LeveldbWriter(path);
}
