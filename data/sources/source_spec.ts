import { FolderSource } from "./folder_source.ts";
import { IdxSource } from "./idx_source.ts";
import { LmdbSource } from "./lmdb_source.ts";
import type { RecordSource } from "./record_source.ts";

/** Which source to open: plain data that can go to a Worker. */
export type SourceSpec =
  | {
    /** An LMDB of Datum messages in the folder `path`. */
    type: "lmdb";
    path: string;
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
  return new LmdbSource(spec.path);
}
