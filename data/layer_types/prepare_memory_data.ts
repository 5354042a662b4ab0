import { CremaError } from "../../base/error.ts";
import { MemoryDataLayer } from "../memory_data_layer.ts";
import { readTransformSettings } from "../transform_settings.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { checkBatchSize, readPrefetchSettings } from "./prefetch_options.ts";

/** Prepares Caffe's MemoryData layer, which a program feeds. */
export const prepareMemoryData: PrepareLayer = (layer, context, engine) => {
  const { batch_size: batchSize = 0, channels = 0, height = 0, width = 0 } = layer.memory_data_param ?? {};
  checkBatchSize(batchSize);
  if (channels < 1 || height < 1 || width < 1) {
    throw new CremaError(
      `Expected channels, height and width of at least 1 in memory_data_param but found ${channels}, ${height} and ${width}`,
    );
  }
  const transform = readTransformSettings(layer.transform_param, context.phase, context.file);
  const { name, seed, stream } = readPrefetchSettings(layer, context, engine);
  const shape = { channels, height, width };
  return { make: () => new MemoryDataLayer({ name, batchSize, shape, transform, engine, seed, stream }) };
};
