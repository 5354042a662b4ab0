export { centreCrop, cropImage } from "./crop_image.ts";
export { type CsvOptions, CsvTable } from "./csv_table.ts";
export { DataLayer, type DataLayerOptions } from "./data_layer.ts";
export { DataLayerProvider } from "./data_layer_provider.ts";
export { type Dataset, type DatasetPart, type DatasetProgress, datasets, makeDataset } from "./datasets.ts";
export type { MakeDatasetOptions } from "./datasets.ts";
export { readDatum, writeDatum } from "./datum.ts";
export { FolderSource } from "./folder_source.ts";
export { type IdxArray, IdxSource, readIdx } from "./idx.ts";
export type { ImageAugment } from "./image_augment.ts";
export { loadImage, type LoadImageOptions } from "./load_image.ts";
export { LmdbEnvironment } from "./lmdb_environment.ts";
export { LmdbSource } from "./lmdb_source.ts";
export { LmdbWriter, type LmdbWriterOptions } from "./lmdb_writer.ts";
export { type NdArray, ndArray, transpose } from "./nd_array.ts";
export {
  type InputFormat,
  type NetworkInput,
  type NetworkInputOptions,
  readNetworkInput,
} from "./network_input.ts";
export { oversample } from "./oversample.ts";
export { type Batch, Prefetcher, type PrefetcherOptions } from "./prefetcher.ts";
export {
  arraysToBlobprotoVector,
  arrayToBlobproto,
  arrayToDatum,
  blobprotoToArray,
  blobprotoVectorToArrays,
  type DatumArray,
  datumToArray,
} from "./proto_arrays.ts";
export type { Position, RecordSource, SourceRecord } from "./record_source.ts";
export { type InterpolationOrder, resizeImage } from "./resize_image.ts";
export { openSource, type SourceSpec } from "./source_spec.ts";
export {
  type ImageShape,
  readMeanFile,
  readTransform,
  type Transform,
  transformedShape,
} from "./transform.ts";
export { Transformer } from "./transformer.ts";
