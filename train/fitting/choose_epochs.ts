/** Passes over few images, and over very many. */
const MOST = 20, LEAST = 5;
/** How many images are looked at in all, where neither bound counts. */
const IN_ALL = 200_000;

/**
 * How often to go through so many images: 20 times, or less often if they are more than 10,000, of which a net sees enough
 * that differ; but 5 times at least.
 *
 * ```ts
 * import { chooseEpochs } from "./choose_epochs.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([240, 10_000, 25_000, 60_000].map(chooseEpochs), [20, 20, 8, 5]);
 * ```
 */
export function chooseEpochs(images: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.round(IN_ALL / images)));
}

/** From so many passes on a net could learn images by heart. */
const OFTEN = 10;

/**
 * Whether images are to look different each time that they are seen: where they are few, or are seen so often that a net
 * could learn them by heart. In few passes over many images it would only learn more slowly.
 *
 * ```ts
 * import { wantsAugmentation } from "./choose_epochs.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([wantsAugmentation(240, 3), wantsAugmentation(60_000, 5), wantsAugmentation(60_000, 20)], [
 *   true,
 *   false,
 *   true,
 * ]);
 * ```
 */
export function wantsAugmentation(images: number, epochs: number): boolean {
  return chooseEpochs(images) >= OFTEN || epochs >= OFTEN;
}
