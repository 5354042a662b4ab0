import { dirname } from "node:path";
import type { Engine } from "../../ffi/engine.ts";
import type { HostLayerContext } from "../../ffi/host/host_layer.ts";
import type { PreparedLayer } from "../../ffi/host/plan_layers.ts";
import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { DataLayer } from "../data_layer.ts";
import type { SegmentationBatches } from "../prefetch/batch_spec.ts";
import { segmented } from "../prefetch/segmentation_reader.ts";
import { DataRandom } from "../random.ts";
import { readPairList } from "../sources/image_list.ts";
import { resolveSource } from "../sources/source_path.ts";
import { readTransformSettings } from "../transform_settings.ts";
import { checkKnownFields, TRANSFORM_FIELDS } from "./check_known_fields.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { checkBatchSize, readPrefetchSettings } from "./prefetch_options.ts";

/** The fields of transform_param that DeepLab and PSPNet add. */
const CROP_FIELDS = ["crop_h", "crop_w", "crop_height", "crop_width", "scale_factors"];

/** What the parameters of both types say. */
interface SegmentationFields {
  source: string;
  root: string;
  batchSize: number;
  shuffle: boolean;
  randSkip: number;
  size: readonly [height: number, width: number];
  color: boolean;
  labels: "PIXEL" | "IMAGE" | "NONE";
  ignoreLabel: number;
  mirror: boolean;
  crop: readonly [height: number, width: number];
  scaleFactors: readonly number[];
  numTops: readonly [fewest: number, most: number];
  labelRoot?: string;
  labelDivisor?: number;
}

/** Prepares DeepLab's and PSPNet's ImageSegData layer, which reads images and their label images. */
export const prepareImageSegData: PrepareLayer = (layer, context, engine) => {
  const param = withDefaults("ImageDataParameter", layer.image_data_param);
  const {
    crop_size = 0,
    crop_h = 0,
    crop_w = 0,
    crop_height = crop_h,
    crop_width = crop_w,
    scale_factors = [],
  } = layer.transform_param ?? {};
  return prepare(layer, context, engine, {
    source: param.source ?? "",
    root: param.root_folder,
    batchSize: param.batch_size,
    shuffle: param.shuffle,
    randSkip: param.rand_skip,
    size: [param.new_height, param.new_width],
    color: param.is_color,
    labels: param.label_type,
    ignoreLabel: param.ignore_label,
    mirror: layer.transform_param?.mirror ?? false,
    crop: crop_size > 0 ? [crop_size, crop_size] : [crop_height, crop_width],
    scaleFactors: scale_factors,
    numTops: [2, 3],
  });
};

/** Prepares SegNet's and ENet's DenseImageData layer, which reads images and their label images. */
export const prepareDenseImageData: PrepareLayer = (layer, context, engine) => {
  const param = withDefaults("DenseImageDataParameter", layer.dense_image_data_param);
  const { crop_size = 0, mirror = param.mirror } = layer.transform_param ?? {};
  return prepare(layer, context, engine, {
    source: param.source ?? "",
    root: param.root_folder + param.root_folder_image,
    labelRoot: param.root_folder + param.root_folder_label,
    labelDivisor: param.label_divide_factor,
    batchSize: param.batch_size ?? 0,
    shuffle: param.shuffle,
    randSkip: param.rand_skip,
    size: [param.new_height, param.new_width],
    color: param.is_color,
    labels: "PIXEL",
    ignoreLabel: 255,
    mirror,
    crop: crop_size > 0 ? [crop_size, crop_size] : [param.crop_height, param.crop_width],
    scaleFactors: [],
    numTops: [2, 2],
  });
};

async function prepare(
  layer: LayerParameter,
  context: HostLayerContext,
  engine: Engine,
  fields: SegmentationFields,
): Promise<PreparedLayer> {
  checkKnownFields(layer.transform_param, [...TRANSFORM_FIELDS, ...CROP_FIELDS], "transform_param");
  const { batchSize, shuffle, labels, size: [height, width], crop, numTops } = fields;
  if (fields.source === "") {
    throw new CremaError(`Expected a source in the parameters of ${layer.type} but found none`);
  }
  checkBatchSize(batchSize);
  for (
    const [what, [a, b]] of [["new_height and new_width", fields.size], [
      "height and width of the crop",
      crop,
    ]] as const
  ) {
    if ((a > 0) !== (b > 0)) {
      throw new CremaError(`Expected ${what} to be given together but found ${a} and ${b}`);
    }
  }
  const { labelDivisor = 1 } = fields;
  if (labelDivisor < 1 || (labelDivisor > 1 && crop[0] > 0)) {
    const found = labelDivisor < 1 ? `${labelDivisor}` : "a crop too";
    throw new CremaError(`Expected label_divide_factor, from 1 on and without a crop, but found ${found}`);
  }
  const settings = readTransformSettings(layer.transform_param, context.phase, context.file);
  if (settings.meanShape !== undefined) {
    throw new CremaError(`Expected mean_value but found a mean_file, which ${layer.type} does not take`);
  }
  const { phase, scale, mean } = settings;
  const path = resolveSource(fields.source, context.file);
  const pairs = readPairList(path, labels !== "NONE");
  const batches: SegmentationBatches = {
    type: "segmentation",
    ...{ path, pairs, labels, batchSize, shuffle },
    root: fields.root,
    labelRoot: fields.labelRoot,
    beside: context.file === undefined ? undefined : dirname(context.file),
    transform: {
      ...{ phase, scale, mean, crop },
      mirror: fields.mirror,
      color: fields.color,
      resize: height > 0 ? [height, width] : undefined,
      scaleFactors: fields.scaleFactors,
      ignoreLabel: fields.ignoreLabel,
      labelDivisor,
    },
  };
  const { random, ...prefetch } = readPrefetchSettings(layer, context, engine);
  const skip = fields.randSkip > 0 ? random.skip(fields.randSkip) : 0;
  const start = { epoch: Math.floor(skip / pairs.length), index: skip % pairs.length };
  const first = shuffle ? random.permutation(start.epoch, pairs.length)[start.index]! : start.index;
  const draws = new DataRandom(prefetch.seed, prefetch.stream).draws(start);
  const { image, labels: own } = await segmented(pairs[first]!, batches, draws);
  const options = {
    ...prefetch,
    batches,
    start,
    numTops,
    shapes: [
      [batchSize, image.channels, image.height, image.width],
      [batchSize, 1, own.height, own.width],
      [batchSize, 1, 1, 2],
    ],
  };
  return { make: () => new DataLayer(options), records: { batchSize, count: () => pairs.length } };
}
