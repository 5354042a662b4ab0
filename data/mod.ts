export { centreCrop, cropImage } from "./images/crop_image.ts";
export { type CsvOptions, CsvTable } from "./sources/csv_table.ts";
export { DataLayer, type DataLayerOptions } from "./data_layer.ts";
export { DataLayerProvider } from "./data_layer_provider.ts";
export {
  type Dataset,
  type DatasetPart,
  type DatasetProgress,
  datasets,
  makeDataset,
} from "./datasets/datasets.ts";
export type { MakeDatasetOptions } from "./datasets/datasets.ts";
export { readDatum, writeDatum } from "./sources/datum.ts";
export { FolderSource } from "./sources/folder_source.ts";
export { type IdxArray, IdxSource, readIdx } from "./sources/idx.ts";
export type { ImageAugment } from "./images/image_augment.ts";
export { loadImage, type LoadImageOptions } from "./images/load_image.ts";
export { LmdbEnvironment } from "./sources/lmdb_environment.ts";
export { LmdbSource } from "./sources/lmdb_source.ts";
export { LmdbWriter, type LmdbWriterOptions } from "./sources/lmdb_writer.ts";
export { type NdArray, ndArray, transpose } from "./arrays/nd_array.ts";
export {
  type InputFormat,
  type NetworkInput,
  type NetworkInputOptions,
  readNetworkInput,
} from "./arrays/network_input.ts";
export { oversample } from "./images/oversample.ts";
export { type Batch, Prefetcher, type PrefetcherOptions } from "./prefetch/prefetcher.ts";
export {
  arraysToBlobprotoVector,
  arrayToBlobproto,
  arrayToDatum,
  blobprotoToArray,
  blobprotoVectorToArrays,
  type DatumArray,
  datumToArray,
} from "./arrays/proto_arrays.ts";
export type { Position, RecordSource, SourceRecord } from "./sources/record_source.ts";
export { type InterpolationOrder, resizeImage } from "./images/resize_image.ts";
export { openSource, type SourceSpec } from "./sources/source_spec.ts";
export {
  type ImageShape,
  readMeanFile,
  readTransform,
  type Transform,
  transformedShape,
} from "./transform.ts";
export { Transformer } from "./arrays/transformer.ts";
