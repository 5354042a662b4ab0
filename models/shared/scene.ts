import { Random } from "./random.ts";

/** The classes of what scenes show; 0 is the background. */
export const SCENE_CLASSES = ["background", "circle", "square", "triangle"] as const;

/** A shape in a scene: its class, and its bounding box in pixels. */
export interface Shape {
  /** 1 for a circle, 2 for a square, 3 for a triangle that points up. */
  readonly label: number;
  /** The left edge. */
  readonly x: number;
  /** The upper edge. */
  readonly y: number;
  /** Width and height. */
  readonly size: number;
}

/** How scenes are made. */
export interface SceneOptions {
  /** Width and height of the image, in pixels. */
  readonly side: number;
  /** The most shapes; the fewest is one. */
  readonly most: number;
  /** The least and the greatest size of a shape, in pixels. */
  readonly sizes: readonly [least: number, greatest: number];
}

/** An image of shapes that do not touch each other, in random colours on a noisy background. */
export class Scene {
  /** What it shows. */
  readonly shapes: readonly Shape[];
  readonly #side: number;
  readonly #random: Random;

  /** The `index`-th scene of a stream. */
  constructor(seed: number, index: number, { side, most, sizes }: SceneOptions) {
    const random = this.#random = new Random(seed, index);
    this.#side = side;
    const shapes: Shape[] = [];
    const wanted = 1 + Math.floor(random.uniform() * most);
    // A shape that finds no free place is left out; the first always finds one.
    for (let tries = 0; tries < 10 * wanted && shapes.length < wanted; tries++) {
      const size = random.between(sizes[0], sizes[1]);
      const x = random.between(0, side - size), y = random.between(0, side - size);
      const shape = { label: 1 + Math.floor(random.uniform() * 3), x, y, size };
      if (shapes.every((other) => apart(shape, other))) shapes.push(shape);
    }
    this.shapes = shapes;
  }

  /**
   * Draws it: three planes of values from −1 to 1 (blue, green, red) into `image`, and the class of each
   * pixel into `labels`.
   */
  draw(image: Float32Array, labels?: Float32Array): void {
    const pixels = this.#side ** 2, random = this.#random;
    const background = [0, 0, 0].map(() => random.between(-0.6, 0.6));
    for (const [plane, level] of background.entries()) {
      for (let i = 0; i < pixels; i++) image[plane * pixels + i] = level + random.between(-0.2, 0.2);
    }
    labels?.fill(0);
    for (const shape of this.shapes) {
      // Each plane differs from the background, by more than the noise.
      const color = background.map((level) => level + (level > 0 ? -1 : 1) * random.between(0.35, 0.8));
      this.#fill(shape, (pixel) => {
        for (const [plane, level] of color.entries()) {
          image[plane * pixels + pixel] = level + random.between(-0.1, 0.1);
        }
        if (labels !== undefined) labels[pixel] = shape.label;
      });
    }
  }

  #fill(shape: Shape, paint: (pixel: number) => void): void {
    const { x, y, size } = shape;
    for (let row = Math.floor(y); row < Math.ceil(y + size); row++) {
      for (let column = Math.floor(x); column < Math.ceil(x + size); column++) {
        // The middle of the pixel, from 0 to 1 within the box.
        if (covers(shape.label, (column + 0.5 - x) / size, (row + 0.5 - y) / size)) {
          paint(row * this.#side + column);
        }
      }
    }
  }
}

/** Whether a point of the unit square belongs to the shape that fills it. */
function covers(label: number, u: number, v: number): boolean {
  if (u < 0 || u > 1 || v < 0 || v > 1) return false;
  if (label === 1) return (u - 0.5) ** 2 + (v - 0.5) ** 2 <= 0.25;
  return label === 2 || Math.abs(u - 0.5) <= v / 2;
}

/** Whether there is a pixel between two boxes. */
function apart(a: Shape, b: Shape): boolean {
  return a.x + a.size + 1 < b.x || b.x + b.size + 1 < a.x || a.y + a.size + 1 < b.y || b.y + b.size + 1 < a.y;
}
