import { dirname } from "node:path";
import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import { DataLayer } from "../data_layer.ts";
import type { WindowBatches } from "../prefetch/batch_spec.ts";
import { resolveSource } from "../sources/source_path.ts";
import { readWindowFile } from "../sources/window_file.ts";
import { readTransformSettings, type TransformSettings } from "../transform_settings.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { checkBatchSize, readPrefetchSettings } from "./prefetch_options.ts";
import { counted } from "../../base/counted.ts";

/** Prepares Caffe's WindowData layer, which draws windows of images from a window file of R-CNN. */
export const prepareWindowData: PrepareLayer = (layer, context, engine) => {
  const param = withDefaults("WindowDataParameter", layer.window_data_param);
  const { source = "", batch_size: batchSize = 0, context_pad: contextPad, crop_mode: mode } = param;
  if (source === "") throw new CremaError("Expected a window_data_param with a source but found none");
  checkBatchSize(batchSize);
  if (mode !== "warp" && mode !== "square") {
    throw new CremaError(`Expected the crop_mode 'warp' or 'square' but found '${mode}'`);
  }
  const transform = readTransformSettings(layer.transform_param, context.phase, context.file);
  const { cropSize } = transform;
  if (cropSize < 1) throw new CremaError("Expected a transform_param with a crop_size but found none");
  if (2 * contextPad >= cropSize) {
    throw new CremaError(
      `Expected a context_pad below half the crop_size, ${cropSize}, but found ${contextPad}`,
    );
  }
  checkMean(transform);
  // Caffe reads the scale from here.
  if (layer.transform_param?.scale === undefined) transform.scale = param.scale;
  const path = resolveSource(source, context.file);
  const windows = readWindowFile(path, { foreground: param.fg_threshold, background: param.bg_threshold });
  const foreground = Math.trunc(Math.fround(batchSize * Math.fround(param.fg_fraction)));
  if (foreground < 0 || foreground > batchSize) {
    throw new CremaError(`Expected an fg_fraction from 0 to 1 but found ${param.fg_fraction}`);
  }
  for (const [what, count] of [["foreground", foreground], ["background", batchSize - foreground]] as const) {
    if (count === 0 || windows[what].length > 0) continue;
    throw new CremaError(`Expected ${what} windows in '${path}' but found none`, {
      hint: "Check fg_threshold, bg_threshold and fg_fraction.",
    });
  }
  const { random: _, ...settings } = readPrefetchSettings(layer, context, engine);
  const batches: WindowBatches = {
    type: "windows",
    path,
    root: param.root_folder,
    beside: context.file === undefined ? undefined : dirname(context.file),
    ...{ windows, batchSize, foreground, cropSize, contextPad, square: mode === "square" },
    mirror: transform.mirror,
    cacheImages: param.cache_images,
    transform,
  };
  const options = {
    ...settings,
    batches,
    start: { epoch: 0, index: 0 },
    numTops: [2, 2],
    shapes: [[batchSize, 3, cropSize, cropSize], [batchSize]],
  } as const;
  return { make: () => new DataLayer(options) };
};

/** Throws a CremaError unless the mean fits: an image mean is square, and at least as large as the crop. */
function checkMean({ mean, meanShape, cropSize }: TransformSettings): void {
  if (meanShape === undefined) {
    if (mean.length <= 1 || mean.length === 3) return;
    throw new CremaError(`Expected 1 or 3 mean_value, one per channel, but found ${mean.length}`);
  }
  const { channels, height, width } = meanShape;
  if (channels === 3 && height === width && width >= cropSize) return;
  throw new CremaError(
    `Expected a mean_file of 3 channels and a square of at least ${
      counted(cropSize, "pixel")
    } but found ${channels}x${height}x${width}`,
  );
}
