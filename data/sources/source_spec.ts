import { FolderSource } from "./folder_source.ts";
import { IdxSource } from "./idx_source.ts";
import { LmdbEnvironment } from "./lmdb_environment.ts";
import { LmdbSource } from "./lmdb_source.ts";
import type { RecordSource } from "./record_source.ts";

/** Which source to open: plain data that can go to a Worker. */
export type SourceSpec =
  | {
    /** An LMDB of Datum messages in the folder `path`. */
    type: "lmdb";
    path: string;
    /** Address of an environment that another thread keeps open; see {@link LmdbEnvironment}. */
    environment?: bigint;
  }
  | {
    /** A pair of IDX files. */
    type: "idx";
    images: string;
    labels: string;
  }
  | {
    /** Image files, with one folder per class. */
    type: "folder";
    path: string;
  };

/** Opens a source. Throws a CremaError when it is missing or damaged. */
export function openSource(spec: SourceSpec): RecordSource {
  if (spec.type === "idx") return new IdxSource(spec.images, spec.labels);
  if (spec.type === "folder") return new FolderSource(spec.path);
  const { path, environment } = spec;
  return new LmdbSource(environment === undefined ? path : LmdbEnvironment.borrow(path, environment));
}

/**
 * Opens what a Worker cannot open itself. Returns the spec for the Worker, and the owner to dispose when the
 * Worker has ended.
 */
export function lendSource(spec: SourceSpec): { spec: SourceSpec; owner: Disposable } {
  if (spec.type !== "lmdb") return { spec, owner: { [Symbol.dispose]() {} } };
  const owner = LmdbEnvironment.open(spec.path);
  return { spec: { ...spec, environment: owner.address }, owner };
}
