export { DataLayer, type DataLayerOptions } from "./data_layer.ts";
export { DataLayerProvider } from "./data_layer_provider.ts";
export { Hdf5OutputLayer } from "./hdf5_output_layer.ts";
export { type ByteImage, MemoryDataLayer, type MemoryDataOptions } from "./memory_data_layer.ts";
export {
  readTransformSettings as readTransform,
  transformedShape,
  type TransformSettings as Transform,
} from "./transform_settings.ts";

// Sources
export type { AnnotatedBox, Position, RecordSource, SourceRecord } from "./sources/record_source.ts";
export { openSource, type SourceSpec } from "./sources/source_spec.ts";
export { FolderSource } from "./sources/folder_source.ts";
export { type IdxArray, readIdx } from "./sources/idx.ts";
export { IdxSource } from "./sources/idx_source.ts";
export { LeveldbSource, type LeveldbSourceOptions } from "./sources/leveldb/leveldb_source.ts";
export { ListSource } from "./sources/list_source.ts";
export type { FileList } from "./sources/listed_file.ts";
export { LmdbSource } from "./sources/lmdb_source.ts";
export { LmdbWriter, type LmdbWriterOptions } from "./sources/lmdb_writer.ts";
export { type Backend, BACKENDS, openWriter } from "./sources/open_writer.ts";
export type { RecordWriter } from "./sources/record_writer.ts";
export { readAnnotatedDatum, writeAnnotatedDatum } from "./sources/annotated_datum.ts";
export { readDatum, writeDatum } from "./sources/datum.ts";
export { type CsvOptions, CsvTable } from "./sources/csv_table.ts";

// Images
export type { ImageAugment } from "./images/image_augment.ts";
export type { ImageShape } from "./images/image_shape.ts";
export { centreCrop, cropImage } from "./images/crop_image.ts";
export { loadImage, type LoadImageOptions } from "./images/load_image.ts";
export { oversample } from "./images/oversample.ts";
export { readMeanFile } from "./images/read_mean_file.ts";
export { type InterpolationOrder, resizeImage } from "./images/resize_image.ts";

// Prefetching
export type {
  AnnotatedBatches,
  AnnotatedTransform,
  BatchSpec,
  Hdf5Batches,
  RecordBatches,
  SegmentationBatches,
  SegmentationTransform,
  WindowBatches,
} from "./prefetch/batch_spec.ts";
export { type Batch, Prefetcher, type PrefetcherOptions } from "./prefetch/prefetcher.ts";

// Arrays
export { InputLimitError, type InputLimits } from "./arrays/input_limits.ts";
export { type NdArray, ndArray, transpose } from "./arrays/nd_array.ts";
export { npyOf } from "./arrays/npy.ts";
export { npzOf } from "./arrays/npz.ts";
export { Transformer } from "./arrays/transformer.ts";
export {
  type InputFormat,
  type NetworkInput,
  type NetworkInputOptions,
  readNetworkInput,
} from "./arrays/network_input.ts";
export { type Hdf5Content, writeHdf5 } from "./arrays/hdf5_content.ts";
export { loadHdf5 } from "./arrays/load_hdf5.ts";
export {
  arraysToBlobprotoVector,
  arrayToBlobproto,
  arrayToDatum,
  blobprotoToArray,
  blobprotoVectorToArrays,
  type DatumArray,
  datumToArray,
} from "./arrays/proto_arrays.ts";

// Datasets
export {
  type Dataset,
  type DatasetPart,
  type DatasetProgress,
  datasets,
  makeDataset,
  type MakeDatasetOptions,
} from "./datasets/datasets.ts";
export { convertCifar10, type ConvertCifar10Options } from "./datasets/convert/convert_cifar10.ts";
export {
  convertIdx,
  type ConvertIdxOptions,
  convertPairs,
  type ConvertPairsOptions,
} from "./datasets/convert/convert_idx.ts";
export { convertImages, type ConvertImagesOptions } from "./datasets/convert/convert_images.ts";
export type { ConvertProgress } from "./datasets/convert/convert_progress.ts";
export { type ImageMean, imageMean, meanFileOf } from "./datasets/convert/image_mean.ts";
