import { withDefaults } from "../proto/codec/defaults.ts";
import { CremaError } from "../base/error.ts";
import type { TransformationParameter } from "../proto/messages.ts";
import type { ImageDecoding } from "./images/encoded_image.ts";
import { formatShape, type ImageShape } from "./images/image_shape.ts";
import { readMeanFile } from "./images/read_mean_file.ts";
import { locationOf } from "../proto/text/location.ts";
import { resolveSource } from "./sources/source_path.ts";

/**
 * How a data layer turns records into input: a TransformationParameter with its defaults filled in and its
 * mean file read. Plain data that can go to a Worker.
 */
export interface TransformSettings extends ImageDecoding {
  /** Whether crops are random (TRAIN) or central (TEST). */
  phase: "TRAIN" | "TEST";
  /** Factor for each value, after the mean is subtracted. */
  scale: number;
  /**
   * Whether to flip each record left to right with a probability of one half, in both phases, as Caffe does.
   */
  mirror: boolean;
  /** Side of the square window that is cropped; 0 for none. */
  cropSize: number;
  /** Empty, one value for all channels, one value per channel, or a whole image. */
  mean: Float32Array<ArrayBuffer>;
  /** Shape of the mean when it is an image. */
  meanShape?: ImageShape | undefined;
}

/**
 * Completes a `transform_param` and reads its mean file. A relative path is looked up from the current
 * folder, then from the folder of `prototxt`. Throws a CremaError when the parameter contradicts itself or
 * the mean file is damaged.
 */
export function readTransformSettings(
  param: TransformationParameter | undefined,
  phase: "TRAIN" | "TEST",
  prototxt?: string,
): TransformSettings {
  const complete = withDefaults("TransformationParameter", param);
  const values = complete.mean_value ?? [];
  if (complete.mean_file !== undefined && values.length > 0) {
    throw new CremaError("Expected mean_file or mean_value but found both");
  }
  if (complete.force_color && complete.force_gray) {
    throw new CremaError("Expected force_color or force_gray but found both");
  }
  for (const field of ["random_area", "random_colours"] as const) {
    if (param?.[field] === undefined || [param[field]].flat().length === 0) continue;
    throw new CremaError(
      `Expected ${field} in an ImageData layer but found it in another, which does not read it`,
      { ...locationOf(param, field) },
    );
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

/**
 * The shape of a record after the transform. Throws a CremaError when the crop or the mean does not fit the
 * record.
 */
export function transformedShape(settings: TransformSettings, record: ImageShape): ImageShape {
  const { cropSize, mean, meanShape } = settings;
  const found = `found ${formatShape(record)}`;
  if (cropSize > record.height || cropSize > record.width) {
    throw new CremaError(`Expected records of at least ${cropSize}x${cropSize}, the crop_size, but ${found}`);
  }
  if (meanShape !== undefined && formatShape(meanShape) !== formatShape(record)) {
    throw new CremaError(
      `Expected records of ${formatShape(meanShape)}, the shape of the mean_file, but ${found}`,
    );
  }
  if (meanShape === undefined && mean.length > 1 && mean.length !== record.channels) {
    throw new CremaError(
      `Expected 1 or ${record.channels} mean_value, one per channel, but found ${mean.length}`,
    );
  }
  if (cropSize === 0) return { channels: record.channels, height: record.height, width: record.width };
  return { channels: record.channels, height: cropSize, width: cropSize };
}
