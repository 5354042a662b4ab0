import { DataRandom } from "../../data/random.ts";
import type { ImageSet, LabelledImage } from "./image_set.ts";

/**
 * Splits images into those to learn from and those to test on: of each class the part `val` (above 0, below 1), at least
 * one image and not all, chosen by `seed`. Images that came apart stay as they are. The images to learn from keep their
 * order.
 *
 * ```ts
 * import { splitImages } from "./split_images.ts";
 * import assert from "node:assert/strict";
 *
 * const train = Array.from({ length: 10 }, (_, i) => ({ path: `${i}.png`, label: i % 2 }));
 * const split = splitImages({ source: "photos", classes: ["a", "b"], train }, 0.2, 1);
 * assert.equal(split.train.length, 8);
 * assert.deepEqual(split.val.map(({ label }) => label), [0, 1]);
 * ```
 */
export function splitImages(
  { classes, train: all, val }: ImageSet,
  part: number,
  seed: number,
): { train: LabelledImage[]; val: LabelledImage[] } {
  if (val !== undefined) return { train: [...all], val: [...val] };
  const held = new Set<LabelledImage>();
  for (const [label, name] of classes.entries()) {
    const own = all.filter((image) => image.label === label);
    const count = Math.min(own.length - 1, Math.max(1, Math.round(own.length * part)));
    const order = new DataRandom(seed, `split ${name}`).permutation(0, own.length);
    for (const index of order.subarray(0, Math.max(0, count))) held.add(own[index]!);
  }
  const tested = [...held].sort((a, b) => a.label - b.label);
  return { train: all.filter((image) => !held.has(image)), val: tested };
}
