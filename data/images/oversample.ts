import { CremaError } from "../../base/error.ts";
import { centreCrop, cropImage } from "./crop_image.ts";
import { type NdArray, ndArray } from "../arrays/nd_array.ts";

/**
 * Takes ten crops of each image (H, W, K), as pycaffe's `caffe.io.oversample` does: the four corners (upper
 * left, upper right, lower left, lower right) and the centre, then the same five mirrored left to right.
 * Returns (10 N, height, width, K). Throws a CremaError when the images differ in shape or are smaller than
 * the crop.
 */
export function oversample(
  images: readonly NdArray[],
  crop: readonly [height: number, width: number],
): NdArray {
  const [first] = images;
  if (first === undefined) throw new CremaError("Expected images but found none");
  const [height, width] = crop;
  const [rows = 0, columns = 0, channels = 0] = first.shape;
  const corners = [0, rows - height].flatMap((y) => [0, columns - width].map((x) => [y, x] as const));
  const crops = ndArray([10 * images.length, height, width, channels]);
  const size = height * width * channels;
  for (const [n, image] of images.entries()) {
    if (image.shape.join() !== first.shape.join()) {
      throw new CremaError(
        `Expected images of shape (${first.shape.join(", ")}) but found (${image.shape.join(", ")})`,
      );
    }
    const windows = [...corners.map((corner) => cropImage(image, corner, crop)), centreCrop(image, crop)];
    for (const [i, window] of windows.entries()) {
      crops.data.set(window.data, (n * 10 + i) * size);
      crops.data.set(mirrored(window).data, (n * 10 + 5 + i) * size);
    }
  }
  return crops;
}

function mirrored({ shape, data }: NdArray): NdArray {
  const [height = 0, width = 0, channels = 0] = shape;
  const image = ndArray(shape);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      image.data.set(data.subarray(from, from + channels), (y * width + width - 1 - x) * channels);
    }
  }
  return image;
}
