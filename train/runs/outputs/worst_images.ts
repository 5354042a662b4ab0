import type { Judgement } from "./judge_batch.ts";

/** An image of which a net's guess was wrong, or nearly so. */
export interface WorstImage extends Omit<Judgement, "index"> {
  /** Its values, as the net saw them. */
  values: Float32Array;
  /** Channels, height and width. */
  shape: readonly number[];
  /** Its place among all images of the test, from 0. */
  number: number;
}

/** The images with the greatest losses. */
export class WorstImages {
  readonly #limit: number;
  #images: WorstImage[] = [];

  /** Keeps as many images as `limit`. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The images, the worst first. */
  get images(): readonly WorstImage[] {
    return this.#images;
  }

  /** Whether an image with this loss is among the worst so far. */
  wants(loss: number): boolean {
    if (Number.isNaN(loss)) return false;
    return this.#images.length < this.#limit || loss > this.#images.at(-1)!.loss;
  }

  /** Takes an image if it is among the worst so far. */
  add(image: WorstImage): void {
    if (!this.wants(image.loss)) return;
    const place = this.#images.findIndex(({ loss }) => loss < image.loss);
    this.#images.splice(place < 0 ? this.#images.length : place, 0, image);
    this.#images.length = Math.min(this.#images.length, this.#limit);
  }
}
