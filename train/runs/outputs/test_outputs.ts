import type { Net } from "../../../net/net.ts";
import { Confusion } from "./confusion.ts";
import { type ClassOutputs, findClassOutputs, findImages, type ImageInput } from "./find_outputs.ts";
import { judgeBatch } from "./judge_batch.ts";
import { WorstImages } from "./worst_images.ts";

/** What a test of a net that classifies gave. */
export interface TestOutputs {
  /** Updates done before the test. */
  iteration: number;
  /** How often which class was taken for which. */
  confusion: Confusion;
  /** The images with the greatest losses; none if the net has no images, or labels each pixel. */
  worst: WorstImages;
}

const WORST = 32;

/** Collects what a test net says, batch by batch, in each test anew. */
export class TestOutputCollector {
  readonly #outputs: ClassOutputs;
  readonly #input: ImageInput | undefined;
  #now: TestOutputs | undefined;
  #images = 0;

  private constructor(outputs: ClassOutputs, input: ImageInput | undefined) {
    this.#outputs = outputs;
    this.#input = input;
  }

  /** A collector for a net that classifies; undefined for another. Has the net keep the blobs that are read. */
  static for(net: Net): TestOutputCollector | undefined {
    const outputs = findClassOutputs(net), input = findImages(net);
    if (outputs === undefined) return undefined;
    for (const blob of [outputs.scores, outputs.labels, input?.images]) blob?.keep();
    return new TestOutputCollector(outputs, input);
  }

  /** How images were made, for the worst of them. */
  get input(): ImageInput | undefined {
    return this.#input;
  }

  /** The number of classes. */
  get classes(): number {
    return this.#outputs.scores.shape[this.#outputs.axis] ?? 0;
  }

  /** What the greatest loss is a loss of. */
  get kind(): ClassOutputs["kind"] {
    return this.#outputs.kind;
  }

  /** A test begins. */
  start(iteration: number): void {
    const { scores, axis } = this.#outputs;
    this.#now = {
      iteration,
      confusion: new Confusion(scores.shape[axis] ?? 0),
      worst: new WorstImages(WORST),
    };
    this.#images = 0;
  }

  /** The net has run a batch: reads its scores, its labels, and the images that are among the worst. */
  batch(): void {
    if (this.#now === undefined) return;
    const { confusion, worst } = this.#now;
    const { scores, axis, labels } = this.#outputs;
    const images = this.#input?.images;
    const num = axis > 0 ? scores.shape[0] ?? 0 : 0;
    // A label for each image, not for each pixel.
    const hasWorst = images !== undefined && images.num === num && labels.count === num;
    const size = hasWorst ? images.count / num : 0;
    judgeBatch(this.#outputs, hasWorst, ({ index, label, guess, loss }) => {
      confusion.add(label, guess);
      if (!hasWorst || !worst.wants(loss)) return;
      const values = images.data.slice(index * size, (index + 1) * size);
      worst.add({ label, guess, loss, values, shape: images.shape.slice(1), number: this.#images + index });
    });
    this.#images += num;
  }

  /** The test has ended: what it gave. */
  end(): TestOutputs | undefined {
    const outputs = this.#now;
    this.#now = undefined;
    return outputs;
  }
}
