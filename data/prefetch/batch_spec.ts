import type { FileList, ListedFile } from "../sources/listed_file.ts";
import type { SourceSpec } from "../sources/source_spec.ts";
import type { WindowTable } from "../sources/window_file.ts";
import type { TransformSettings } from "../transform_settings.ts";

/** Batches of records: tops (N, C, H, W) and the labels, (N). */
export interface RecordBatches {
  type: "records";
  /** The source of the records. */
  source: SourceSpec;
  /** Number of records per batch. */
  batchSize: number;
  /** How to transform each record. */
  transform: TransformSettings;
  /** Whether to shuffle the records anew in each epoch. */
  shuffle: boolean;
}

/** Batches of rows of the datasets in HDF5 files. */
export interface Hdf5Batches {
  type: "hdf5";
  /** The files, in the order of the list. */
  files: readonly ListedFile[];
  /** The text file that lists them. */
  list: string;
  /** Names of the datasets, one for each top. */
  datasets: readonly string[];
  /** Number of rows per batch. */
  batchSize: number;
  /** Whether to shuffle the files and the rows of each file anew in each epoch. */
  shuffle: boolean;
}

/** Batches of windows of images, as in R-CNN: tops (N, 3, S, S) and the labels, (N). */
export interface WindowBatches extends Omit<FileList, "path"> {
  type: "windows";
  /** The window file, for messages. */
  path: string;
  /** Its images and windows. */
  windows: WindowTable;
  /** Number of windows per batch. */
  batchSize: number;
  /** How many of them are foreground: the last ones. */
  foreground: number;
  /** S, the side of what a window is warped to. */
  cropSize: number;
  /** Pixels of context around a window, after warping. */
  contextPad: number;
  /** Whether a window is widened to a square before it is warped. */
  square: boolean;
  /** Whether to flip each window left to right with a probability of one half. */
  mirror: boolean;
  /** Whether to keep the image files in memory. */
  cacheImages: boolean;
  /** Mean and scale: each value becomes (value - mean) * scale. The padding stays 0. */
  transform: Pick<TransformSettings, "mean" | "meanShape" | "scale">;
}

/** What the batches of a data layer are made of: plain data that can go to a Worker. */
export type BatchSpec = RecordBatches | Hdf5Batches | WindowBatches;

/** The name of a data layer's source, for messages. */
export function sourceName(spec: BatchSpec): string {
  if (spec.type === "hdf5") return spec.list;
  if (spec.type === "windows") return spec.path;
  const { source } = spec;
  return source.type === "idx" ? source.images : source.path;
}
