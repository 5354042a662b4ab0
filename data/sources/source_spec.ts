import { readAnnotatedDatum } from "./annotated_datum.ts";
import { readDatum } from "./datum.ts";
import { FolderSource } from "./folder_source.ts";
import { IdxSource } from "./idx_source.ts";
import { LeveldbSource } from "./leveldb/leveldb_source.ts";
import { ListSource } from "./list_source.ts";
import type { FileList } from "./listed_file.ts";
import { LmdbSource } from "./lmdb_source.ts";
import type { RecordSource } from "./record_source.ts";

/** Which source to open: plain data that can go to a Worker. */
export type SourceSpec =
  | {
    /** An LMDB of Datum messages in the folder `path`. */
    type: "lmdb";
    path: string;
    /** Whether its values are AnnotatedDatum messages instead. */
    annotated?: boolean | undefined;
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
    /** Names of the classes, by number. Default: the names of the folders, in order. */
    classes?: readonly string[] | undefined;
  }
  | {
    /** A LevelDB of Datum messages in the folder `path`. */
    type: "leveldb";
    path: string;
    /** Whether to go through it once for the place of each record, which shuffling needs. */
    listed: boolean;
    /** Whether its values are AnnotatedDatum messages instead. */
    annotated?: boolean | undefined;
  }
  | FileList & {
    /** Image files that the text file `path` lists. */
    type: "list";
  };

/** Opens a source. Throws a CremaError when it is missing or damaged. */
export function openSource(spec: SourceSpec): RecordSource {
  if (spec.type === "idx") return new IdxSource(spec.images, spec.labels);
  if (spec.type === "folder") return new FolderSource(spec.path, spec.classes);
  if (spec.type === "list") return new ListSource(spec);
  const parse = spec.annotated ? readAnnotatedDatum : readDatum;
  if (spec.type === "leveldb") return new LeveldbSource(spec.path, { listed: spec.listed, parse });
  return new LmdbSource(spec.path, parse);
}

/** Counts the records of a source; for a LevelDB by going through it. Throws a CremaError as {@link openSource} does. */
export function countRecords(spec: SourceSpec): number {
  using source = openSource(spec.type === "leveldb" ? { ...spec, listed: true } : spec);
  return source.count ?? 0;
}
