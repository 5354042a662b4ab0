import { z } from "zod";

/** `resize_param` of layers that compare boxes in pixels of the original image. */
export const ResizeParams = z.looseObject({
  resize_mode: z.enum(["WARP", "FIT_SMALL_SIZE", "FIT_LARGE_SIZE_AND_PAD"]).default("WARP"),
  height: z.int().min(0).default(0),
  width: z.int().min(0).default(0),
  height_scale: z.int().min(0).default(0),
  width_scale: z.int().min(0).default(0),
});

/** How images were resized for the network. */
export type Resize = z.output<typeof ResizeParams>;

/**
 * A box of the network's image, [x1, y1, x2, y2] in parts of it, in pixels of the original image of `height` ×
 * `width`, cut at its border: into `to` at `at`.
 */
export function originalBox(
  boxes: Float32Array,
  from: number,
  [height, width]: readonly [height: number, width: number],
  resize: Resize | undefined,
  to: Float32Array,
  at: number,
): void {
  let [x, y, wide, high] = [0, 0, 1, 1];
  if (resize?.resize_mode === "FIT_LARGE_SIZE_AND_PAD") {
    // The part of the network's image that is no padding.
    const aspect = width / height;
    if (aspect > resize.width / resize.height) {
      y = (resize.height - resize.width / aspect) / 2 / resize.height;
      high = 1 - 2 * y;
    } else {
      x = (resize.width - resize.height * aspect) / 2 / resize.width;
      wide = 1 - 2 * x;
    }
  }
  const { height_scale: scaleH = 0, width_scale: scaleW = 0 } = resize ?? {};
  const scales = resize?.resize_mode === "FIT_SMALL_SIZE" && scaleH > 0 && scaleW > 0;
  for (let k = 0; k < 4; k++) {
    const across = k % 2 === 0, value = boxes[from + k]!;
    if (scales) {
      to[at + k] = Math.min(Math.max(value * (across ? scaleW : scaleH), 0), across ? width : height);
      continue;
    }
    const part = across ? (value - x) / wide : (value - y) / high;
    to[at + k] = Math.min(Math.max(part, 0), 1) * (across ? width : height);
  }
}
