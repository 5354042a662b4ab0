/** What a batch size is chosen by. */
export interface BatchChoice {
  /** Images to learn from. */
  readonly images: number;
  /** Bytes of the net with a batch of one image, and the bytes that each further image adds. */
  readonly bytes: { readonly fixed: number; readonly perImage: number };
  /** Bytes of memory that are free. */
  readonly free: number;
}

/** The largest and the smallest batch that is chosen. */
const MOST = 64, LEAST = 8;

/**
 * Images per batch: a power of two up to 64, about a thirtieth of the images, so that an epoch has updates enough, and so
 * that the net takes no more than half of the memory that is free.
 *
 * ```ts
 * import { chooseBatch } from "./choose_batch.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = { fixed: 1e6, perImage: 1e6 };
 * assert.equal(chooseBatch({ images: 240, bytes, free: 8e9 }), 8);
 * assert.equal(chooseBatch({ images: 60000, bytes, free: 8e9 }), 64);
 * assert.equal(chooseBatch({ images: 60000, bytes, free: 42e6 }), 16);
 * ```
 */
export function chooseBatch({ images, bytes: { fixed, perImage }, free }: BatchChoice): number {
  const fits = Math.max(1, Math.floor((free / 2 - fixed) / perImage));
  const wanted = Math.min(MOST, Math.max(LEAST, images / 30));
  const batch = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(fits, wanted, images))));
  return Math.max(1, batch);
}

/**
 * Images per batch of a test, so that whole batches go once through all images, or through as few of them twice as can
 * be; up to 100, and no more than `most`.
 *
 * ```ts
 * import { chooseTestBatch } from "./choose_batch.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(chooseTestBatch(60), { batch: 60, iterations: 1 });
 * assert.deepEqual(chooseTestBatch(10000), { batch: 100, iterations: 100 });
 * assert.deepEqual(chooseTestBatch(10007), { batch: 72, iterations: 139 });
 * ```
 */
export function chooseTestBatch(images: number, most = 100): { batch: number; iterations: number } {
  let best = { batch: 1, iterations: images, twice: 0 };
  const largest = Math.max(1, Math.min(100, most, images));
  for (let batch = largest; batch >= Math.max(1, Math.floor(largest / 2)); batch--) {
    const iterations = Math.ceil(images / batch), twice = iterations * batch - images;
    if (batch === largest || twice < best.twice) best = { batch, iterations, twice };
  }
  return { batch: best.batch, iterations: best.iterations };
}
