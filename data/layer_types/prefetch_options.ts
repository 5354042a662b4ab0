import { chanceSeed } from "../../base/chance_seed.ts";
import type { Engine } from "../../ffi/engine.ts";
import type { HostLayerContext } from "../../ffi/host/host_layer.ts";
import { CremaError } from "../../base/error.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import type { DataLayerOptions } from "../data_layer.ts";
import { DataRandom } from "../random.ts";

/** What all prefetching data layers have: everything but the batches, their shapes and the start. */
export interface PrefetchSettings
  extends Pick<DataLayerOptions, "name" | "library" | "slots" | "seed" | "stream"> {
  /** The layer's random choices. */
  random: DataRandom;
}

/**
 * Reads what all prefetching data layers have. As in Caffe, the number of batches that are read ahead is
 * `data_param.prefetch`, whatever the layer's type. Throws a CremaError when it is 0.
 */
export function readPrefetchSettings(
  layer: LayerParameter,
  context: HostLayerContext,
  engine: Engine,
): PrefetchSettings {
  const { prefetch: slots } = withDefaults("DataParameter", layer.data_param);
  if (slots < 1) throw new CremaError(`Expected a prefetch of at least 1 but found ${slots}`);
  const name = layer.name ?? "", stream = `${name} ${context.net}`;
  const seed = context.seed === undefined || context.seed < 0 ? chanceSeed() : context.seed;
  return { name, library: engine.path, slots, seed, stream, random: new DataRandom(seed, stream) };
}

/** Throws a CremaError unless a batch has records. */
export function checkBatchSize(batchSize: number): void {
  if (batchSize < 1) throw new CremaError(`Expected a batch_size of at least 1 but found ${batchSize}`);
}
