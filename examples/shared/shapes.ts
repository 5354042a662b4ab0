/** What {@link shapes} draws, by class. */
export const KINDS = ["disc", "square", "cross", "ring"] as const;

/** Rows and columns of an image. */
export const SIDE = 16;

/** Grey images with their classes. */
export interface Shapes {
  /** (N, 1, 16, 16), from 0 to about 1. */
  images: Float32Array<ArrayBuffer>;
  /** (N): indices of {@link KINDS}. */
  labels: Float32Array<ArrayBuffer>;
}

/** Numbers from 0 to below 1 that are the same for each seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let word = Math.imul(state ^ state >>> 15, state | 1);
    word ^= word + Math.imul(word ^ word >>> 7, word | 61);
    return ((word ^ word >>> 14) >>> 0) / 2 ** 32;
  };
}

/** So many noisy images of shapes at random places and sizes, one class after the other. */
export function shapes(count: number, seed: number): Shapes {
  const next = random(seed), plane = SIDE * SIDE;
  const images = new Float32Array(count * plane), labels = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    const kind = n % KINDS.length, size = 3 + 2.5 * next();
    const [cx, cy] = [size + next() * (SIDE - 2 * size), size + next() * (SIDE - 2 * size)];
    labels[n] = kind;
    for (let i = 0; i < plane; i++) {
      const dx = Math.abs(i % SIDE + 0.5 - cx), dy = Math.abs(Math.floor(i / SIDE) + 0.5 - cy);
      const radius = Math.hypot(dx, dy);
      const inside = [
        radius < size,
        Math.max(dx, dy) < size * 0.85,
        Math.max(dx, dy) < size && Math.min(dx, dy) < 1.2,
        radius < size && radius > size - 1.8,
      ][kind]!;
      images[n * plane + i] = (inside ? 0.85 : 0) + 0.15 * next();
    }
  }
  return { images, labels };
}
