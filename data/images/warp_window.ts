/** A window of an image: its first and last column and row. */
export interface ImageWindow {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** How a window becomes a square of one size. */
export interface WarpOptions {
  /** The side of that square. */
  cropSize: number;
  /** Pixels of context around the window, in the square. */
  contextPad: number;
  /** Whether the window is widened to a square first. */
  square: boolean;
}

/** The part of an image to resize, and where it goes in the square. */
export interface WarpPlan {
  /** The part, inside the image. */
  part: ImageWindow;
  /** Its size in the square. */
  width: number;
  height: number;
  /** Where it begins in the square. Outside of it the square stays 0. */
  left: number;
  top: number;
}

const f = Math.fround;

/**
 * How to warp a window of an image to a square, as R-CNN and Caffe's WindowData do it, in float precision: with context
 * around it, the window grows, and where it leaves the image the square is padded. `mirror` says that the result is
 * flipped, and so the padding is.
 */
export function planWarp(
  window: ImageWindow,
  image: { width: number; height: number },
  { cropSize, contextPad, square }: WarpOptions,
  mirror: boolean,
): WarpPlan {
  if (contextPad === 0 && !square) {
    return { part: window, width: cropSize, height: cropSize, left: 0, top: 0 };
  }
  // So much that, warped, there are contextPad pixels around the window.
  const grow = f(f(cropSize) / f(cropSize - 2 * contextPad));
  let halfHeight = f((window.y2 - window.y1 + 1) / 2), halfWidth = f((window.x2 - window.x1 + 1) / 2);
  const x = f(window.x1 + halfWidth), y = f(window.y1 + halfHeight);
  if (square) halfWidth = halfHeight = Math.max(halfHeight, halfWidth);
  const x1 = round(f(x - f(halfWidth * grow))), x2 = round(f(x + f(halfWidth * grow)));
  const y1 = round(f(y - f(halfHeight * grow))), y2 = round(f(y + f(halfHeight * grow)));
  const outside = {
    left: Math.max(0, -x1),
    top: Math.max(0, -y1),
    right: Math.max(0, x2 - image.width + 1),
    bottom: Math.max(0, y2 - image.height + 1),
  };
  const part = {
    x1: x1 + outside.left,
    y1: y1 + outside.top,
    x2: x2 - outside.right,
    y2: y2 - outside.bottom,
  };
  const across = f(f(cropSize) / f(x2 - x1 + 1)), down = f(f(cropSize) / f(y2 - y1 + 1));
  const top = round(f(outside.top * down));
  const left = round(f((mirror ? outside.right : outside.left) * across));
  // Rounding may have made it too large by a pixel.
  const width = Math.min(round(f((part.x2 - part.x1 + 1) * across)), cropSize - left);
  const height = Math.min(round(f((part.y2 - part.y1 + 1) * down)), cropSize - top);
  return { part, width, height, left, top };
}

/** Rounds to the nearest integer, halves away from zero, as in C. */
function round(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}
