import type { Engine } from "../ffi/engine.ts";
import type { HostLayerContext } from "../ffi/host/host_layer.ts";
import type { HostLayerProvider, PreparedLayer } from "../ffi/host/plan_layers.ts";
import { withDefaults } from "../proto/codec/defaults.ts";
import { CremaError } from "../base/error.ts";
import { locationOf } from "../proto/text/location.ts";
import type { LayerParameter } from "../proto/messages.ts";
import { DataLayer } from "./data_layer.ts";
import { decodeRecord } from "./images/encoded_image.ts";
import { chanceSeed, DataRandom } from "./random.ts";
import type { Position } from "./sources/record_source.ts";
import { RecordStream } from "./prefetch/record_stream.ts";
import { resolveSource } from "./sources/source_path.ts";
import { openSource, type SourceSpec } from "./sources/source_spec.ts";
import type { ImageShape } from "./images/image_shape.ts";
import { readTransformSettings, type TransformSettings } from "./transform_settings.ts";

/** Makes layers of type Data. */
export class DataLayerProvider implements HostLayerProvider {
  /** Data. */
  readonly types: readonly string[] = ["Data"];
  readonly #engine: Engine;

  /** Takes the engine whose library the layers' Workers use to transform batches. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Whether the layer is of type Data. */
  claims(layer: LayerParameter): boolean {
    return layer.type === "Data";
  }

  /**
   * Reads the first record, for its shape. Throws a CremaError with the layer's location when something is
   * wrong.
   */
  async prepare(layer: LayerParameter, context: HostLayerContext): Promise<PreparedLayer> {
    try {
      return await this.#prepare(layer, context);
    } catch (cause) {
      if (!(cause instanceof CremaError) || cause.layer !== undefined) throw cause;
      // An error about another file (a mean file, for example) keeps that file's name in its reason.
      const reason = cause.file === undefined ? cause.reason : `${cause.file}: ${cause.reason}`;
      throw new CremaError(reason, { ...locationOf(layer), layer: layer.name, hint: cause.hint, cause });
    }
  }

  async #prepare(layer: LayerParameter, context: HostLayerContext): Promise<PreparedLayer> {
    const param = withDefaults("DataParameter", layer.data_param);
    const { batch_size: batchSize = 0, prefetch: slots, rand_skip: randSkip, shuffle } = param;
    if (param.source === undefined || param.source === "") {
      throw new CremaError("Expected a data_param with a source but found none");
    }
    if (batchSize < 1) throw new CremaError(`Expected a batch_size of at least 1 but found ${batchSize}`);
    if (slots < 1) throw new CremaError(`Expected a prefetch of at least 1 but found ${slots}`);
    if (param.backend !== "LMDB") {
      throw new CremaError(`Expected 'backend: LMDB' but found ${param.backend}, which cannot be read yet`, {
        hint: "Without 'backend' it is LEVELDB, Caffe's default. Convert the data to an LMDB.",
      });
    }
    const source: SourceSpec = { type: "lmdb", path: resolveSource(param.source, context.file) };
    const transform = readTransformSettings(layer.transform_param, context.phase, context.file);
    const name = layer.name ?? "";
    const stream = `${name} ${context.net}`;
    const seed = context.seed === undefined || context.seed < 0 ? chanceSeed() : context.seed;
    const random = new DataRandom(seed, stream);
    const skip = randSkip > 0 ? random.skip(randSkip) : 0;
    const { shape, start } = await firstRecord(source, skip, shuffle, random, transform);
    const library = this.#engine.path;
    const options = {
      name,
      shape,
      library,
      source,
      batchSize,
      slots,
      transform,
      shuffle,
      seed,
      stream,
      start,
    };
    return { make: () => new DataLayer(options) };
  }
}

/** The shape and position of the first record that the layer will read, after skipping `skip` records. */
async function firstRecord(
  source: SourceSpec,
  skip: number,
  shuffle: boolean,
  random: DataRandom,
  transform: TransformSettings,
): Promise<{ shape: ImageShape; start: Position }> {
  const opened = openSource(source);
  using records = new RecordStream(opened, { shuffle, random });
  const count = opened.count ?? Infinity;
  const start = { epoch: Math.floor(skip / count), index: skip % count };
  records.seek(start);
  const record = records.next();
  const { channels, height, width } = record.encoded ? await decodeRecord(record, transform) : record;
  return { shape: { channels, height, width }, start };
}
