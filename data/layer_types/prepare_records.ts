import type { Engine } from "../../ffi/engine.ts";
import type { HostLayerContext } from "../../ffi/host/host_layer.ts";
import type { PreparedLayer } from "../../ffi/host/plan_layers.ts";
import type { LayerParameter } from "../../proto/messages.ts";
import { DataLayer } from "../data_layer.ts";
import { decodeRecord, recolourRecord } from "../images/encoded_image.ts";
import type { ImageShape } from "../images/image_shape.ts";
import type { RecordBatches } from "../prefetch/batch_spec.ts";
import { RecordSkipper } from "../prefetch/record_skipper.ts";
import { RecordStream } from "../prefetch/record_stream.ts";
import type { DataRandom } from "../random.ts";
import type { Position } from "../sources/record_source.ts";
import { countRecords, openSource } from "../sources/source_spec.ts";
import { transformedShape } from "../transform_settings.ts";
import { checkBatchSize, readPrefetchSettings } from "./prefetch_options.ts";

/**
 * Prepares a layer that gives records and their labels: reads the first record, for its shape. The layer starts after a
 * random number of records below `randSkip`. Throws a CremaError when something is wrong.
 */
export async function prepareRecords(
  layer: LayerParameter,
  context: HostLayerContext,
  engine: Engine,
  batches: Omit<RecordBatches, "type">,
  randSkip: number,
): Promise<PreparedLayer> {
  checkBatchSize(batches.batchSize);
  const { random, ...settings } = readPrefetchSettings(layer, context, engine);
  const { shape, start } = await firstRecord(batches, randSkip > 0 ? random.skip(randSkip) : 0, random);
  const { channels, height, width } = shape;
  const num = batches.batchSize;
  const options = {
    ...settings,
    batches: { type: "records", ...batches },
    start,
    numTops: [1, 2],
    shapes: [[num, channels, height, width], [num]],
  } as const;
  const records = { batchSize: num, count: () => countRecords(batches.source) };
  return { make: () => new DataLayer(options), records };
}

/**
 * The shape after the transform, and the position, of the first record that the layer will read, after skipping `skip`
 * records. Throws a CremaError that names the record when it does not fit.
 */
async function firstRecord(
  { source, shuffle, transform, skipsBad = false }: Omit<RecordBatches, "type">,
  skip: number,
  random: DataRandom,
): Promise<{ shape: ImageShape; start: Position }> {
  const opened = openSource(source);
  using records = new RecordStream(opened, { shuffle, random });
  const { count } = opened;
  if (count !== undefined) records.seek({ epoch: Math.floor(skip / count), index: skip % count });
  else for (let i = 0; i < skip; i++) records.next();
  const start = records.position;
  // The Worker tells of what is left out.
  const skipper = skipsBad ? new RecordSkipper(records, () => {}) : undefined;
  while (true) {
    const record = skipper === undefined ? records.next() : skipper.next();
    if (record === undefined) continue;
    try {
      const { channels, height, width } = record.encoded
        ? await decodeRecord(record, transform)
        : recolourRecord(record, transform);
      return { shape: transformedShape(transform, { channels, height, width }), start };
    } catch (error) {
      const named = records.named(error, records.last);
      if (skipper === undefined) throw named;
      skipper.leaveOut(named, records.last);
    }
  }
}
