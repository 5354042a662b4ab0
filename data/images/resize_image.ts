import { CremaError } from "../../base/error.ts";
import { type NdArray, ndArray } from "../arrays/nd_array.ts";

/** How to interpolate between pixels: 0 for the nearest pixel, 1 for bilinear. */
export type InterpolationOrder = 0 | 1;

/**
 * Resizes an image (H, W, K) to `[height, width]`, as pycaffe's `caffe.io.resize_image` does. Values belong
 * to the centres of pixels, the border pixels extend outwards, and nothing is blurred before shrinking. Any
 * number of channels works. Throws a CremaError when the array is not an image or a size is below 1.
 *
 * ```ts
 * import { ndArray } from "../arrays/nd_array.ts";
 * import { resizeImage } from "./resize_image.ts";
 * import assert from "node:assert/strict";
 *
 * const image = ndArray([1, 2, 1], [0, 1]);
 * assert.deepEqual([...resizeImage(image, [1, 4]).data], [0, 0.25, 0.75, 1]);
 * ```
 */
export function resizeImage(
  { shape, data }: NdArray,
  [height, width]: readonly [height: number, width: number],
  order: InterpolationOrder = 1,
): NdArray {
  const [rows, columns, channels] = shape;
  if (shape.length !== 3 || !rows || !columns || channels === undefined) {
    throw new CremaError(`Expected an image (H, W, K) but found an array of shape (${shape.join(", ")})`);
  }
  if (!(Number.isInteger(height) && Number.isInteger(width) && height >= 1 && width >= 1)) {
    throw new CremaError(`Expected a height and a width of 1 or more but found ${height} and ${width}`);
  }
  const resized = ndArray([height, width, channels]);
  const down = samples(rows, height, order), across = samples(columns, width, order);
  let to = 0;
  for (const y of down) {
    const upper = y.first * columns, lower = y.second * columns;
    for (const x of across) {
      const a = (upper + x.first) * channels, b = (upper + x.second) * channels;
      const c = (lower + x.first) * channels, d = (lower + x.second) * channels;
      for (let k = 0; k < channels; k++) {
        const top = data[a + k]! * (1 - x.part) + data[b + k]! * x.part;
        const bottom = data[c + k]! * (1 - x.part) + data[d + k]! * x.part;
        resized.data[to++] = top * (1 - y.part) + bottom * y.part;
      }
    }
  }
  return resized;
}

/**
 * For each new pixel of an axis: the two pixels that it comes from, and the weight (`part`) of the second.
 */
function samples(from: number, to: number, order: InterpolationOrder) {
  return Array.from({ length: to }, (_, i) => {
    // The centre of pixel i of `to`, in pixels of `from`.
    const centre = (i + 0.5) * from / to - 0.5;
    const at = Math.min(Math.max(order === 0 ? Math.round(centre) : centre, 0), from - 1);
    const first = Math.floor(at);
    return { first, second: Math.min(first + 1, from - 1), part: at - first };
  });
}
