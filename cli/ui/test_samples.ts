import type { Blob } from "../../ffi/mod.ts";
import type { Net } from "../../net/mod.ts";
import { countOf } from "../../data/arrays/nd_array.ts";
import { Confusion } from "../../train/runs/outputs/confusion.ts";
import {
  type ClassOutputs,
  findClassOutputs,
  findImages,
  type ImageInput,
} from "../../train/runs/outputs/find_outputs.ts";
import { judgeBatch } from "../../train/runs/outputs/judge_batch.ts";

/** One example of a net's batch. */
export interface Sample {
  /** What it is found by. */
  key: string;
  /** Its class, and the class that the net took it for, where they are known. */
  label?: number | undefined;
  guess?: number | undefined;
  /** What the net's data layers gave: by the names of the blobs, the example's share of each. */
  inputs: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array<ArrayBuffer> }>;
}

/** How often the images of which class were taken for which, in a test. */
export interface TestConfusion {
  /** Updates done before the test. */
  iteration: number;
  confusion: Confusion;
}

/** What a test of a classifier has left: a matrix, and the first examples of each of its cells. */
interface Cells extends TestConfusion {
  samples: Map<number, Sample[]>;
  bytes: number;
}

/** Examples of a cell, of a right answer's cell, of a batch. */
const WRONG = 12, RIGHT = 4, BATCH = 32;
/** Bytes of the examples of one test. */
const MOST = 64e6;

/**
 * Keeps examples that a net has seen: of its last batch, and, where it is a test net that classifies, of each cell of the
 * confusion matrix of its last test. It reads blobs, and changes none.
 */
export class TestSamples {
  readonly #inputs: readonly { name: string; blob: Blob; isShared: boolean }[];
  readonly #outputs: ClassOutputs | undefined;
  readonly #images: ImageInput | undefined;
  #now: Cells | undefined;
  #last: Cells | undefined;
  #batches = 0;
  /** What was listed last, of a batch and of a cell. */
  readonly #listed: { batch: Sample[]; cell: Sample[] } = { batch: [], cell: [] };

  /** Has the net keep the blobs that are read. */
  constructor(net: Net) {
    const images = this.#images = findImages(net);
    const num = images?.images.shape[0];
    // A layer without bottoms gives data, unless it learns what it gives.
    const sources = net.layers.filter(({ bottoms, blobs }) => bottoms.length === 0 && blobs.length === 0);
    this.#inputs = sources.flatMap(({ tops }) => tops).map((name) => {
      const blob = net.blob(name);
      return { name, blob, isShared: blob.shape[0] !== num };
    });
    this.#outputs = findClassOutputs(net);
    for (const blob of [...this.#inputs.map(({ blob }) => blob), this.#outputs?.scores]) blob?.keep();
  }

  /** How the images were made; undefined for a net without any. */
  get images(): ImageInput | undefined {
    return this.#images;
  }

  /** Names of the blobs that {@link Sample.inputs} has. */
  get inputNames(): string[] {
    return this.#inputs.map(({ name }) => name);
  }

  /** The confusion matrix of the last test, with the test that it is of; undefined before it, and for other nets. */
  get last(): TestConfusion | undefined {
    return this.#last;
  }

  /** A test begins. */
  start(iteration: number): void {
    if (this.#outputs === undefined || this.#images === undefined) return;
    const classes = this.#outputs.scores.shape[this.#outputs.axis] ?? 0;
    this.#now = { iteration, confusion: new Confusion(classes), samples: new Map(), bytes: 0 };
  }

  /** The net has run a batch, of a test or of the training. */
  batch(): void {
    this.#batches++;
    const cells = this.#now, { scores, labels, axis } = this.#outputs ?? {};
    if (cells === undefined || scores === undefined || labels === undefined) return;
    const num = scores.shape[0] ?? 0;
    // A label for each example, not for each pixel.
    if (axis === 0 || labels.count !== num || this.#images?.images.num !== num) return;
    judgeBatch(this.#outputs!, false, ({ index, label, guess }) => {
      cells.confusion.add(label, guess);
      const cell = label * cells.confusion.classes + guess, known = cells.samples.get(cell) ?? [];
      if (known.length >= (label === guess ? RIGHT : WRONG) || cells.bytes > MOST) return;
      const key = `test-${cells.iteration}-${this.#batches}-${index}`;
      const sample = { key, label, guess, inputs: this.#read(index) };
      for (const { values } of sample.inputs.values()) cells.bytes += values.byteLength;
      cells.samples.set(cell, [...known, sample]);
    });
  }

  /** A test has ended. */
  end(): void {
    this.#last = this.#now ?? this.#last;
    this.#now = undefined;
  }

  /** The first examples of the batch that the net holds; none before it has one. */
  listBatch(): Sample[] {
    const num = this.#images?.images.num ?? 0;
    if (this.#batches === 0) return [];
    const found: (Pick<Sample, "label" | "guess"> | undefined)[] = [];
    const outputs = this.#outputs;
    if (outputs !== undefined && outputs.axis > 0 && outputs.labels.count === num) {
      judgeBatch(outputs, false, ({ index, label, guess }) => found[index] = { label, guess });
    }
    return this.#listed.batch = Array.from({ length: Math.min(num, BATCH) }, (_, i) => ({
      key: `batch-${this.#batches}-${i}`,
      ...found[i],
      inputs: this.#read(i),
    }));
  }

  /** The first examples of a cell of the last test's matrix. */
  listCell(label: number, guess: number): Sample[] {
    const { confusion, samples } = this.#last ?? {};
    return this.#listed.cell = samples?.get(label * (confusion?.classes ?? 0) + guess) ?? [];
  }

  /** An example that was listed last, of a batch or of a cell; undefined for another. */
  find(key: string): Sample | undefined {
    return [...this.#listed.batch, ...this.#listed.cell].find((sample) => sample.key === key);
  }

  #read(index: number): Sample["inputs"] {
    return new Map(this.#inputs.map(({ name, blob, isShared }) => {
      if (isShared) return [name, { shape: blob.shape, values: blob.read() }];
      const shape = [1, ...blob.shape.slice(1)], size = countOf(shape);
      return [name, { shape, values: blob.data.slice(index * size, (index + 1) * size) }];
    }));
  }
}
