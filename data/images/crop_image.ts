import { CremaError } from "../../base/error.ts";
import { type NdArray, ndArray } from "../arrays/nd_array.ts";

/**
 * Copies a window out of an image (H, W, K). `top` and `left` are its first row and column. Throws a
 * CremaError when the window is not inside the image.
 */
export function cropImage(
  { shape, data }: NdArray,
  [top, left]: readonly [number, number],
  [height, width]: readonly [height: number, width: number],
): NdArray {
  const [rows = 0, columns = 0, channels = 0] = shape;
  const fits = shape.length === 3 && [top, left, height, width].every(Number.isInteger) && top >= 0 &&
    left >= 0 && height >= 1 && width >= 1 && top + height <= rows && left + width <= columns;
  if (!fits) {
    throw new CremaError(
      `Expected an image that has ${height} × ${width} pixels from (${top}, ${left}) on but found (${
        shape.join(", ")
      })`,
    );
  }
  const window = ndArray([height, width, channels]);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * columns + left) * channels;
    window.data.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return window;
}

/** Copies the central window of an image (H, W, K). Throws a CremaError when the image is smaller. */
export function centreCrop(image: NdArray, size: readonly [height: number, width: number]): NdArray {
  const [rows = 0, columns = 0] = image.shape, [height, width] = size;
  return cropImage(image, [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2)], size);
}
