import type { LayerParameter, TransformationParameter } from "../../proto/messages.ts";

/** How images become input: the same in training and in prediction. */
export interface InputSettings {
  /** Height and width to which images are resized. */
  readonly size: readonly [height: number, width: number];
  /** Whether they are made grey, with one channel. */
  readonly gray: boolean;
  /** What is subtracted from blue, green and red, or from grey; from 0 to 255. */
  readonly mean: readonly number[];
  /** The factor after that. */
  readonly scale: number;
}

/** What the data layers read. */
export interface DataLayersOptions extends InputSettings {
  /** The lists of images, as Caffe's ImageData reads them. */
  readonly lists: { readonly train: string; readonly val: string };
  /** Images per batch. */
  readonly batch: { readonly train: number; readonly val: number };
  /** Whether training takes random parts of images, and changes colours. */
  readonly augment: boolean;
  /** Whether training mirrors images at random. */
  readonly mirror: boolean;
  /** Whether images that can't be read are left out. */
  readonly skipBad: boolean;
}

/** Images of fewer pixels a side have little to lose: larger parts of them are taken. */
const SMALL = 48;

/** Two ImageData layers, for training and for testing, with the tops "data" and "label". */
export function dataLayers(options: DataLayersOptions): LayerParameter[] {
  const { size: [new_height, new_width], gray, mean, scale, lists, batch, skipBad } = options;
  const layer = (phase: "TRAIN" | "TEST", source: string, batch_size: number): LayerParameter => ({
    name: "data",
    type: "ImageData",
    top: ["data", "label"],
    include: [{ phase }],
    transform_param: {
      ...scale === 1 ? {} : { scale },
      mean_value: [...mean],
      ...phase === "TRAIN" ? augmentation(options) : {},
    },
    image_data_param: {
      source,
      batch_size,
      ...phase === "TRAIN" ? { shuffle: true } : {},
      new_height,
      new_width,
      ...gray ? { is_color: false } : {},
      ...skipBad ? { skip_bad_images: true } : {},
    },
  });
  return [layer("TRAIN", lists.train, batch.train), layer("TEST", lists.val, batch.val)];
}

function augmentation({ augment, mirror, gray, size }: DataLayersOptions): TransformationParameter {
  return {
    ...mirror ? { mirror } : {},
    ...augment
      ? {
        random_area: [Math.min(...size) < SMALL ? 0.85 : 0.7, 1],
        random_aspect: 1.2,
        random_colours: {
          brightness_prob: 0.5,
          brightness_delta: 24,
          contrast_prob: 0.5,
          contrast_lower: 0.75,
          contrast_upper: 1.25,
          ...gray ? {} : { saturation_prob: 0.5, saturation_lower: 0.75, saturation_upper: 1.25 },
        },
      }
      : {},
  };
}
