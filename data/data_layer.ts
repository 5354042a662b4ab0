import type { Blob } from "../ffi/blob.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { CremaError } from "../base/error.ts";
import type { SourceState } from "../proto/messages.ts";
import { Prefetcher, type PrefetcherOptions } from "./prefetch/prefetcher.ts";
import { counted } from "../base/counted.ts";

/** What a {@link DataLayer} reads and how. */
export interface DataLayerOptions extends PrefetcherOptions {
  /** Name of the layer. */
  name: string;
  /** The fewest and the most tops that the layer can have. */
  numTops: readonly [fewest: number, most: number];
  /** Shape of each top until the first batch. */
  shapes: readonly (readonly number[])[];
}

/**
 * A layer that gives batches which a Worker makes ahead: Caffe's Data, ImageData, WindowData and HDF5Data. It has no
 * bottoms. Its tops are those of the batches; the last ones may be left out.
 */
export class DataLayer implements HostLayer {
  readonly #options: DataLayerOptions;
  #prefetcher: Prefetcher | undefined;
  #seed: number;

  /** Takes the options. `setup` starts the Worker. */
  constructor(options: DataLayerOptions) {
    this.#options = options;
    this.#seed = options.seed;
  }

  /**
   * Shapes the tops and starts to read ahead. Throws a CremaError for bottoms, and for a wrong number of tops.
   */
  setup(bottoms: Blob[], tops: Blob[]): void {
    if (bottoms.length > 0) throw new CremaError(`Expected no bottom but found ${bottoms.length}`);
    const { shapes, numTops: [fewest, most] } = this.#options;
    if (tops.length < fewest || tops.length > most) {
      const wanted = fewest === most ? `${most}` : `${fewest} or ${most}`;
      throw new CremaError(`Expected ${wanted} tops but found ${tops.length}`);
    }
    for (const [i, top] of tops.entries()) top.reshape(shapes[i]!);
    this.#prefetcher ??= new Prefetcher(this.#options);
  }

  /** Does nothing: `forward` gives the tops the shape of each batch, as in Caffe. */
  reshape(): void {}

  /**
   * Copies the next batch to the tops. Throws a CremaError when a record is damaged or the Worker has died.
   */
  forward(_bottoms: Blob[], tops: Blob[]): void {
    this.#live().take((batch) => {
      for (const [i, { shape, data }] of batch.tops.slice(0, tops.length).entries()) {
        const top = tops[i]!, before = top.shape;
        if (before.length !== shape.length || before.some((size, axis) => size !== shape[axis])) {
          top.reshape(shape);
        }
        top.data.set(data);
      }
    });
  }

  /** Does nothing: data has no gradient. */
  backward(): void {}

  /** Where the next batch for `forward` begins, and the seed of the random choices. */
  saveState(): SourceState {
    const { epoch, index } = this.#prefetcher?.position ?? this.#options.start;
    return { layer: this.#options.name, position: index, epoch, seed: this.#seed };
  }

  /** Continues from the position that {@link saveState} returned. */
  restoreState({ position = 0, epoch = 0, seed = this.#seed }: SourceState): void {
    const present = this.#prefetcher?.position ?? this.#options.start;
    if (seed === this.#seed && present.epoch === epoch && present.index === position) return;
    this.#seed = seed;
    this.#prefetcher?.[Symbol.dispose]();
    this.#prefetcher = new Prefetcher({ ...this.#options, seed, start: { epoch, index: position } });
  }

  /** Says how many records were left out since the last call because they can't be read, and names the first. */
  takeWarnings(): string[] {
    const skipped = this.#prefetcher?.takeSkipped() ?? [];
    if (skipped.length === 0) return [];
    const first = skipped.length === 1
      ? skipped[0]!
      : `${counted(skipped.length, "image")}. The first is ${skipped[0]}`;
    return [`Left out what can't be read: ${first}`];
  }

  /** Stops the Worker. */
  [Symbol.dispose](): void {
    this.#prefetcher?.[Symbol.dispose]();
  }

  #live(): Prefetcher {
    if (this.#prefetcher === undefined) throw new CremaError("Expected setup before forward but found none");
    return this.#prefetcher;
  }
}
