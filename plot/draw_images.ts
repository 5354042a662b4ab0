// Ours: terminal-image takes image files only, and needs 171 packages (60 MB, 410 ms to import).

/** Two pixels, one above the other, as one character. */
const HALVES = [" ", "▀", "▄", "█"] as const;

/** A grey image to draw. */
export interface GreyImage {
  /** Brightness from 0 (dark) to 1, row by row. */
  pixels: ArrayLike<number>;
  width: number;
  height: number;
}

/**
 * Draws images of one size side by side in half-block characters, a caption below each.
 *
 * ```ts
 * import { drawImages } from "./draw_images.ts";
 * import assert from "node:assert/strict";
 *
 * const image = { pixels: [1, 0, 1, 1], width: 2, height: 2 };
 * assert.equal(drawImages([image], ["ok"]), "█▄\nok");
 * ```
 */
export function drawImages(images: readonly GreyImage[], captions: readonly string[], gap = "  "): string {
  const height = Math.max(0, ...images.map((image) => image.height));
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    lines.push(images.map((image) => drawRows(image, row)).join(gap).trimEnd());
  }
  lines.push(
    images.map((image, i) => (captions[i] ?? "").padEnd(image.width).slice(0, Math.max(image.width, 1))).join(
      gap,
    )
      .trimEnd(),
  );
  return lines.join("\n");
}

function drawRows({ pixels, width, height }: GreyImage, row: number): string {
  const lit = (r: number, column: number) => r < height && (pixels[r * width + column] ?? 0) >= 0.4 ? 1 : 0;
  return Array.from({ length: width }, (_, column) => HALVES[lit(row, column) + 2 * lit(row + 1, column)])
    .join("");
}
