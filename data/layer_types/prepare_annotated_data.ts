import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import type { ResizeParameter, TransformationParameter } from "../../proto/messages.ts";
import { parseText } from "../../proto/text/parse_text.ts";
import { DataLayer } from "../data_layer.ts";
import { transformRecord } from "../prefetch/annotated_reader.ts";
import type { AnnotatedBatches, AnnotatedTransform } from "../prefetch/batch_spec.ts";
import { RecordStream } from "../prefetch/record_stream.ts";
import { resolveSource } from "../sources/source_path.ts";
import { countRecords, openSource, type SourceSpec } from "../sources/source_spec.ts";
import { readTransformSettings } from "../transform_settings.ts";
import { checkKnownFields, TRANSFORM_FIELDS } from "./check_known_fields.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { checkBatchSize, readPrefetchSettings } from "./prefetch_options.ts";

/** The fields of transform_param that SSD adds. */
const SSD_FIELDS = [
  "crop_h",
  "crop_w",
  "resize_param",
  "noise_param",
  "distort_param",
  "expand_param",
  "emit_constraint",
];

/** Prepares SSD's AnnotatedData layer, which reads images with the boxes around their objects. */
export const prepareAnnotatedData: PrepareLayer = async (layer, context, engine) => {
  const param = withDefaults("DataParameter", layer.data_param);
  const { batch_size: batchSize = 0, shuffle, backend, source: given = "" } = param;
  if (given === "") throw new CremaError("Expected a data_param with a source but found none");
  checkBatchSize(batchSize);
  checkKnownFields(layer.transform_param, [...TRANSFORM_FIELDS, ...SSD_FIELDS], "transform_param");
  checkKnownFields(
    layer.annotated_data_param,
    ["batch_sampler", "label_map_file", "anno_type"],
    "annotated_data_param",
  );
  const { label_map_file: map, anno_type, batch_sampler = [] } = layer.annotated_data_param ?? {};
  if (anno_type !== undefined && anno_type !== "BBOX") {
    throw new CremaError(`Expected the anno_type BBOX but found ${anno_type}`);
  }
  if (map !== undefined) checkLabelMap(resolveSource(map, context.file));
  const path = resolveSource(given, context.file);
  const source: SourceSpec = backend === "LMDB"
    ? { type: "lmdb", path, annotated: true }
    : { type: "leveldb", path, annotated: true, listed: shuffle };
  const transform: AnnotatedTransform = {
    ...readTransformSettings(layer.transform_param, context.phase, context.file),
    ...readSsdTransform(layer.transform_param ?? {}, batchSize),
    samplers: batch_sampler,
  };
  for (const { sampler } of batch_sampler) checkSampler(sampler ?? {});
  const { random, ...settings } = readPrefetchSettings(layer, context, engine);
  using stream = new RecordStream(openSource(source), { shuffle, random });
  const skip = param.rand_skip > 0 ? random.skip(param.rand_skip) : 0;
  for (let i = 0; i < skip; i++) stream.next();
  const start = stream.position;
  const record = stream.next();
  const hasBoxes = record.boxes !== undefined;
  const { pixels } = await transformRecord(record, { transform, hasBoxes }, random, start)
    .catch((error) => Promise.reject(stream.named(error, stream.last)));
  const batches: AnnotatedBatches = { type: "annotated", source, batchSize, shuffle, transform, hasBoxes };
  const options = {
    ...settings,
    batches,
    start,
    numTops: [1, 2],
    shapes: [
      [batchSize, pixels.channels, pixels.height, pixels.width],
      hasBoxes ? [1, 1, Math.max(1, record.boxes?.length ?? 0), 8] : [batchSize, 1, 1, 1],
    ],
  } as const;
  return { make: () => new DataLayer(options), records: { batchSize, count: () => countRecords(source) } };
};

/** What of the transform only SSD has. Throws a CremaError when it contradicts itself. */
function readSsdTransform(
  param: TransformationParameter,
  batchSize: number,
): Pick<AnnotatedTransform, "crop" | "resizing" | "distortion" | "expansion" | "emit"> {
  const { crop_size = 0, crop_h = 0, crop_w = 0, resize_param = [] } = param;
  if (crop_size > 0 && (crop_h > 0 || crop_w > 0)) {
    throw new CremaError("Expected crop_size, or crop_h and crop_w, but found both");
  }
  if ((crop_h > 0) !== (crop_w > 0)) {
    throw new CremaError(`Expected crop_h and crop_w together but found ${crop_h} and ${crop_w}`);
  }
  if (param.noise_param !== undefined) {
    throw new CremaError("Expected no noise_param but found one, which AnnotatedData can't apply yet");
  }
  const [resizing] = resize_param;
  if (resizing !== undefined) checkResizing(resizing, resize_param.length, batchSize);
  return {
    crop: crop_size > 0 ? [crop_size, crop_size] : [crop_h, crop_w],
    resizing,
    distortion: param.distort_param,
    expansion: param.expand_param,
    emit: param.emit_constraint,
  };
}

function checkResizing(
  { height = 0, width = 0, resize_mode }: ResizeParameter,
  count: number,
  batchSize: number,
): void {
  if (count > 1) throw new CremaError(`Expected one resize_param but found ${count}`);
  if (height < 1 || width < 1) {
    throw new CremaError(`Expected a resize_param with height and width but found ${height} and ${width}`);
  }
  if (resize_mode === "FIT_SMALL_SIZE" && batchSize > 1) {
    throw new CremaError(
      `Expected batch_size: 1 for FIT_SMALL_SIZE, whose images differ in shape, but found ${batchSize}`,
    );
  }
}

function checkSampler({ min_scale = 1, max_scale = 1, min_aspect_ratio = 1, max_aspect_ratio = 1 }): void {
  if (!(min_scale > 0 && min_scale <= max_scale && max_scale <= 1)) {
    throw new CremaError(
      `Expected scales of a sampler above 0 and up to 1 but found ${min_scale} to ${max_scale}`,
    );
  }
  if (!(min_aspect_ratio > 0 && min_aspect_ratio <= max_aspect_ratio)) {
    throw new CremaError(
      `Expected aspect ratios of a sampler above 0 but found ${min_aspect_ratio} to ${max_aspect_ratio}`,
    );
  }
}

/** Throws a CremaError unless there is a LabelMap. */
function checkLabelMap(path: string): void {
  let text;
  try {
    text = Deno.readTextFileSync(path);
  } catch (cause) {
    throw new CremaError(`Expected a label_map_file '${path}' but found: ${(cause as Error).message}`, {
      cause,
    });
  }
  parseText("LabelMap", text, { file: path });
}
