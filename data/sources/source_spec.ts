import { FolderSource } from "./folder_source.ts";
import { IdxSource } from "./idx_source.ts";
import { LmdbEnvironment } from "./lmdb_environment.ts";
import { LmdbSource } from "./lmdb_source.ts";
import type { RecordSource } from "./record_source.ts";

/** What source to open, in plain data that can go to a Worker. */
export type SourceSpec =
  | {
    /** An LMDB of Datum in the folder `path`. */
    type: "lmdb";
    path: string;
    /** Address of an environment that another thread opened and keeps open, as {@link LmdbEnvironment} says. */
    environment?: bigint;
  }
  | {
    /** A pair of IDX files. */
    type: "idx";
    images: string;
    labels: string;
  }
  | {
    /** Image files in a folder for each class. */
    type: "folder";
    path: string;
  };

/** Opens a source. Throws a CremaError when it is not there or damaged. */
export function openSource(spec: SourceSpec): RecordSource {
  if (spec.type === "idx") return new IdxSource(spec.images, spec.labels);
  if (spec.type === "folder") return new FolderSource(spec.path);
  const { path, environment } = spec;
  return new LmdbSource(environment === undefined ? path : LmdbEnvironment.borrow(path, environment));
}

/** Opens what Workers cannot open for themselves: the spec to give them, and what to dispose when they have ended. */
export function lendSource(spec: SourceSpec): { spec: SourceSpec; owner: Disposable } {
  if (spec.type !== "lmdb") return { spec, owner: { [Symbol.dispose]() {} } };
  const owner = LmdbEnvironment.open(spec.path);
  return { spec: { ...spec, environment: owner.address }, owner };
}
