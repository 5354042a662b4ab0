import type { Engine } from "../../ffi/engine.ts";
import { NativeStruct } from "../../ffi/native_struct.ts";
import { structs } from "../../ffi/structs.ts";
import { ImageChoices } from "../images/image_augment.ts";
import { formatShape, type ImageShape } from "../images/image_shape.ts";
import { below, type DataRandom } from "../random.ts";
import type { Position } from "../sources/record_source.ts";
import { transformedShape, type TransformSettings } from "../transform_settings.ts";

/**
 * Turns batches of records into input, as Caffe's DataTransformer does: mean, scale, crop and mirror. Makes
 * one native call per run of records of one shape. (For single images, as in pycaffe, see `Transformer`.)
 */
export class DataTransformer {
  readonly #engine: Engine;
  readonly #settings: TransformSettings;
  readonly #random: DataRandom;
  readonly #struct = new NativeStruct(structs.crema_transform);
  readonly #offsets: Int32Array<ArrayBuffer> | null;
  readonly #mirror: Uint8Array<ArrayBuffer> | null;

  /** `random` chooses crops and flips. Batches have up to `batchSize` records. */
  constructor(engine: Engine, settings: TransformSettings, random: DataRandom, batchSize: number) {
    this.#engine = engine;
    this.#settings = settings;
    this.#random = random;
    this.#offsets = settings.cropSize > 0 ? new Int32Array(2 * batchSize) : null;
    this.#mirror = settings.mirror ? new Uint8Array(batchSize) : null;
    const { mean, scale, cropSize } = settings;
    const struct = this.#struct, { fields } = struct;
    struct.setInt32(fields.crop_height, cropSize);
    struct.setInt32(fields.crop_width, cropSize);
    struct.setInt32(fields.mean_count, mean.length);
    struct.setFloats(fields.mean, mean);
    struct.setFloat(fields.scale, scale);
  }

  /** Makes the random choices for record `item` of the batch, which has this `shape` and `position`. */
  choose(item: number, shape: ImageShape, position: Position): void {
    const { cropSize, phase } = this.#settings;
    const offsets = this.#offsets, mirror = this.#mirror;
    if (offsets === null && mirror === null) return;
    const [flip, top, left] = this.#random.augment(position);
    if (mirror !== null) mirror[item] = below(flip!, 2);
    if (offsets === null) return;
    const vertical = shape.height - cropSize, horizontal = shape.width - cropSize;
    offsets[2 * item] = phase === "TRAIN" ? below(top!, vertical + 1) : vertical >> 1;
    offsets[2 * item + 1] = phase === "TRAIN" ? below(left!, horizontal + 1) : horizontal >> 1;
  }

  /** The random choices for the image file at `position`; undefined when nothing about it is random. */
  imageChoices(position: Position): ImageChoices | undefined {
    const { images, parts, distortion, phase } = this.#settings;
    const isRandom = [images, parts, distortion].some((each) => each !== undefined);
    return isRandom && phase === "TRAIN" ? new ImageChoices(this.#random, position) : undefined;
  }

  /**
   * Transforms `count` records of one shape, contiguous in `records`, into `out`. `first` is the position of
   * the first of them in the batch. Call {@link choose} for each record first. Throws a RangeError when an
   * array is too short, and a CremaError when a crop lies outside of its record.
   */
  run(
    records: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
    count: number,
    shape: ImageShape,
    out: Float32Array,
    first = 0,
  ): void {
    const size = shape.channels * shape.height * shape.width;
    const target = transformedShape(this.#settings, shape);
    const outSize = target.channels * target.height * target.width;
    if (records.length < count * size || out.length < count * outSize) {
      throw new RangeError(`Expected room for ${count} records of ${formatShape(shape)} but found less`);
    }
    const struct = this.#struct, { fields } = struct;
    struct.setInt32(fields.channels, shape.channels);
    struct.setInt32(fields.height, shape.height);
    struct.setInt32(fields.width, shape.width);
    struct.setInt32(fields.floats, records instanceof Float32Array ? 1 : 0);
    this.#engine.check(
      this.#engine.symbols.crema_transform_batch(
        struct.bytes,
        count,
        records,
        this.#offsets?.subarray(2 * first) ?? null,
        this.#mirror?.subarray(first) ?? null,
        out as Float32Array<ArrayBuffer>,
      ),
    );
  }
}
