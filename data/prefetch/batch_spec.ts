import type {
  BatchSampler,
  DistortionParameter,
  EmitConstraint,
  ExpansionParameter,
  ResizeParameter,
} from "../../proto/messages.ts";
import type { ImagePair } from "../sources/image_list.ts";
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
  /** Whether to leave out records that can't be read. Default: they are errors. */
  skipsBad?: boolean | undefined;
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

/** How images with boxes become input, as in SSD: the settings of its transform that Caffe lacks. */
export interface AnnotatedTransform extends TransformSettings {
  /** Height and width of the window that is cropped; 0 for none. */
  crop: readonly [height: number, width: number];
  /** How to resize. */
  resizing?: ResizeParameter | undefined;
  /** How to change colours. */
  distortion?: DistortionParameter | undefined;
  /** How to put the image on a larger canvas. */
  expansion?: ExpansionParameter | undefined;
  /** Which boxes stay in a crop. */
  emit?: EmitConstraint | undefined;
  /** How to choose parts of the image. */
  samplers: readonly BatchSampler[];
}

/**
 * Batches of images with boxes: tops (N, C, H, W) and (1, 1, boxes, 8), or the labels (N, 1, 1, 1) of records without
 * boxes.
 */
export interface AnnotatedBatches extends Omit<RecordBatches, "type" | "transform"> {
  type: "annotated";
  /** How to transform each record. */
  transform: AnnotatedTransform;
  /** Whether the records have boxes. */
  hasBoxes: boolean;
}

/** How an image and its label image become input. */
export interface SegmentationTransform
  extends Pick<TransformSettings, "phase" | "scale" | "mirror" | "mean"> {
  /** Whether images are in colour. */
  color: boolean;
  /** The size to which both are resized. */
  resize?: readonly [height: number, width: number] | undefined;
  /** Factors of the size, of which one is chosen at random. */
  scaleFactors: readonly number[];
  /** Height and width of the window that is cropped; 0 for none. What is smaller is padded. */
  crop: readonly [height: number, width: number];
  /** The label of the padding. */
  ignoreLabel: number;
  /** How many times smaller labels are than the image, along both axes; by default 1. */
  labelDivisor?: number | undefined;
}

/** Batches of images with a label for each pixel: tops (N, C, H, W), (N, 1, H, W), and the sizes (N, 1, 1, 2). */
export interface SegmentationBatches extends Omit<FileList, "path"> {
  type: "segmentation";
  /** The list of images, for messages. */
  path: string;
  /** Its lines. */
  pairs: readonly ImagePair[];
  /** What the second word of a line is: the path of a label image, the label of all pixels, or nothing. */
  labels: "PIXEL" | "IMAGE" | "NONE";
  /** What is put before the paths of label images; by default what is put before those of images. */
  labelRoot?: string | undefined;
  /** Number of images per batch. */
  batchSize: number;
  /** Whether to shuffle the images anew in each epoch. */
  shuffle: boolean;
  /** How to transform them. */
  transform: SegmentationTransform;
}

/** Batches of whole images, each at a scale of its own: tops (N, 3, H, W), and each image's number and scale, (N, 2). */
export interface ScaledImageBatches extends Omit<FileList, "path"> {
  type: "scaled";
  /** What lists the images, for messages. */
  path: string;
  /** Their files, and whether each is mirrored. */
  images: readonly { path: string; flipped: boolean }[];
  /** Number of images per batch. */
  batchSize: number;
  /** Lengths of the shorter side, of which one is chosen at random for each image. */
  scales: readonly number[];
  /** The greatest length of the longer side. */
  maxSize: number;
  /** What is subtracted from blue, green and red. */
  mean: readonly number[];
}

/** What the batches of a data layer are made of: plain data that can go to a Worker. */
export type BatchSpec =
  | RecordBatches
  | Hdf5Batches
  | WindowBatches
  | AnnotatedBatches
  | SegmentationBatches
  | ScaledImageBatches;

/** The name of a data layer's source, for messages. */
export function sourceName(spec: BatchSpec): string {
  if (spec.type === "hdf5") return spec.list;
  if (spec.type === "windows" || spec.type === "segmentation" || spec.type === "scaled") return spec.path;
  const { source } = spec;
  return source.type === "idx" ? source.images : source.path;
}
