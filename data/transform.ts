import { decode } from "../proto/codec/binary.ts";
import { withDefaults } from "../proto/codec/defaults.ts";
import { CremaError } from "../base/error.ts";
import type { TransformationParameter } from "../proto/messages.ts";
import type { Engine } from "../ffi/engine.ts";
import { type ImageAugment, ImageChoices } from "./images/image_augment.ts";
import { below, type DataRandom } from "./random.ts";
import type { Position } from "./sources/record_source.ts";
import { resolveSource } from "./sources/source_path.ts";

/** Shape of a record or of what becomes of it, (C, H, W). */
export interface ImageShape {
  /** C. */
  channels: number;
  /** H. */
  height: number;
  /** W. */
  width: number;
}

/** A TransformationParameter, complete and with its mean read: plain data that can go to a Worker. */
export interface Transform {
  /** Whether crops are at random (TRAIN) or in the middle (TEST). */
  phase: "TRAIN" | "TEST";
  /** Multiplied with each value, after the mean is subtracted. */
  scale: number;
  /** Whether each record is flipped left to right with a chance of one half, in both phases, as Caffe does. */
  mirror: boolean;
  /** Side of the window that is cut out; 0: none. */
  cropSize: number;
  /** Nothing, one value for all channels, one a channel, or a whole image. */
  mean: Float32Array<ArrayBuffer>;
  /** Shape of the mean when it is an image. */
  meanShape?: ImageShape | undefined;
  /** Decode encoded records to three channels. Like Caffe, it does nothing to other records. */
  forceColor: boolean;
  /** Decode encoded records to one channel. Like Caffe, it does nothing to other records. */
  forceGray: boolean;
  /** What becomes of image files before all else. */
  images?: ImageAugment | undefined;
}

/**
 * Completes a `transform_param` and reads its mean file; `prototxt` is where its relative path is looked up besides the
 * current folder. Throws a CremaError when it contradicts itself or the mean file is damaged.
 */
export function readTransform(
  param: TransformationParameter | undefined,
  phase: "TRAIN" | "TEST",
  prototxt?: string,
): Transform {
  const complete = withDefaults("TransformationParameter", param);
  const values = complete.mean_value ?? [];
  if (complete.mean_file !== undefined && values.length > 0) {
    throw new CremaError("Expected mean_file or mean_value but found both");
  }
  if (complete.force_color && complete.force_gray) {
    throw new CremaError("Expected force_color or force_gray but found both");
  }
  const file = complete.mean_file === undefined
    ? undefined
    : readMeanFile(resolveSource(complete.mean_file, prototxt));
  return {
    phase,
    scale: complete.scale,
    mirror: complete.mirror,
    cropSize: complete.crop_size,
    mean: file?.values ?? new Float32Array(values),
    meanShape: file?.shape,
    forceColor: complete.force_color,
    forceGray: complete.force_gray,
  };
}

/** Reads a mean image from a .binaryproto, a BlobProto of (1, C, H, W). Throws a CremaError when it holds something else. */
export function readMeanFile(path: string): { shape: ImageShape; values: Float32Array<ArrayBuffer> } {
  let bytes;
  try {
    bytes = Deno.readFileSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CremaError("Expected a mean_file but found none", {
      file: path,
      hint: "A relative path is looked up from the current folder, then from the prototxt's.",
      cause,
    });
  }
  const blob = decode("BlobProto", bytes, { file: path });
  const axes = blob.shape?.dim ?? [blob.num ?? 0, blob.channels ?? 0, blob.height ?? 0, blob.width ?? 0];
  const [num, channels, height, width] = [
    ...Array(Math.max(0, 4 - axes.length)).fill(1),
    ...axes,
  ] as number[];
  const values = new Float32Array(blob.data ?? blob.double_data ?? []);
  if (axes.length > 4 || num !== 1 || values.length === 0 || values.length !== channels! * height! * width!) {
    throw new CremaError(
      `Expected a mean image of (1, C, H, W) but found ${values.length} values of (${axes.join(", ")})`,
      { file: path },
    );
  }
  return { shape: { channels: channels!, height: height!, width: width! }, values };
}

/** Shape of what becomes of a record. Throws a CremaError when the crop or the mean does not fit the record. */
export function transformedShape(transform: Transform, record: ImageShape): ImageShape {
  const { cropSize, mean, meanShape } = transform;
  const found = `found ${format(record)}`;
  if (cropSize > record.height || cropSize > record.width) {
    throw new CremaError(`Expected records of at least ${cropSize}x${cropSize}, the crop_size, but ${found}`);
  }
  if (meanShape !== undefined && format(meanShape) !== format(record)) {
    throw new CremaError(
      `Expected records of ${format(meanShape)}, the shape of the mean_file, but ${found}`,
    );
  }
  if (meanShape === undefined && mean.length > 1 && mean.length !== record.channels) {
    throw new CremaError(
      `Expected 1 or ${record.channels} mean_value, one a channel, but found ${mean.length}`,
    );
  }
  if (cropSize === 0) return { channels: record.channels, height: record.height, width: record.width };
  return { channels: record.channels, height: cropSize, width: cropSize };
}

/** A shape as people write it: 3x32x32. */
export function format({ channels, height, width }: ImageShape): string {
  return `${channels}x${height}x${width}`;
}

/** Turns batches of records into network input, by one native call a batch. */
export class BatchTransform {
  readonly #engine: Engine;
  readonly #transform: Transform;
  readonly #random: DataRandom;
  /** A `crema_transform` of crema.h: six int32, a pointer, a float, an int32. */
  readonly #struct = new DataView(new ArrayBuffer(40));
  readonly #offsets: Int32Array<ArrayBuffer> | null;
  readonly #mirror: Uint8Array<ArrayBuffer> | null;

  /** `random` chooses windows and flips; batches have up to `batchSize` records. */
  constructor(engine: Engine, transform: Transform, random: DataRandom, batchSize: number) {
    this.#engine = engine;
    this.#transform = transform;
    this.#random = random;
    this.#offsets = transform.cropSize > 0 ? new Int32Array(2 * batchSize) : null;
    this.#mirror = transform.mirror ? new Uint8Array(batchSize) : null;
    const { mean, scale, cropSize } = transform;
    const struct = this.#struct;
    struct.setInt32(12, cropSize, true);
    struct.setInt32(16, cropSize, true);
    struct.setInt32(20, mean.length, true);
    const address = mean.length === 0 ? 0n : Deno.UnsafePointer.value(Deno.UnsafePointer.of(mean));
    struct.setBigUint64(24, BigInt(address), true);
    struct.setFloat32(32, scale, true);
  }

  /** Makes the random choices for record `item` of the batch, of `shape` and at `position`. */
  choose(item: number, shape: ImageShape, position: Position): void {
    const { cropSize, phase } = this.#transform;
    const offsets = this.#offsets, mirror = this.#mirror;
    if (offsets === null && mirror === null) return;
    const [flip, top, left] = this.#random.augment(position);
    if (mirror !== null) mirror[item] = below(flip!, 2);
    if (offsets === null) return;
    const vertical = shape.height - cropSize, horizontal = shape.width - cropSize;
    offsets[2 * item] = phase === "TRAIN" ? below(top!, vertical + 1) : vertical >> 1;
    offsets[2 * item + 1] = phase === "TRAIN" ? below(left!, horizontal + 1) : horizontal >> 1;
  }

  /** The random choices for the image file at `position`; undefined where none are wanted. */
  imageChoices(position: Position): ImageChoices | undefined {
    const { images, phase } = this.#transform;
    return images === undefined || phase === "TEST" ? undefined : new ImageChoices(this.#random, position);
  }

  /** Transforms `count` records of one shape, contiguous at `records`, into `out`, after `choose` was called for each. */
  run(
    records: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
    count: number,
    shape: ImageShape,
    out: Float32Array,
  ): void {
    const size = shape.channels * shape.height * shape.width;
    const target = transformedShape(this.#transform, shape);
    const outSize = target.channels * target.height * target.width;
    if (records.length < count * size || out.length < count * outSize) {
      throw new RangeError(`Expected room for ${count} records of ${format(shape)} but found less`);
    }
    this.#struct.setInt32(0, shape.channels, true);
    this.#struct.setInt32(4, shape.height, true);
    this.#struct.setInt32(8, shape.width, true);
    this.#struct.setInt32(36, records instanceof Float32Array ? 1 : 0, true);
    this.#engine.check(
      this.#engine.symbols.crema_transform_batch(
        new Uint8Array(this.#struct.buffer),
        count,
        records,
        this.#offsets,
        this.#mirror,
        out as Float32Array<ArrayBuffer>,
      ),
    );
  }
}
