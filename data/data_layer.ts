import type { Blob } from "../ffi/blob.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { CremaError } from "../base/error.ts";
import type { SourceState } from "../proto/messages.ts";
import { Prefetcher, type PrefetcherOptions } from "./prefetch/prefetcher.ts";
import type { ImageShape } from "./images/image_shape.ts";
import { transformedShape } from "./transform_settings.ts";

/** What a {@link DataLayer} reads and how. */
export interface DataLayerOptions extends PrefetcherOptions {
  /** Name of the layer. */
  name: string;
  /** Shape of the first record, before the transform. */
  shape: ImageShape;
}

/**
 * Caffe's Data layer. Tops: the values (N, C, H, W) and, optionally, the labels (N). A Worker reads ahead.
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
   * Shapes the tops and starts to read ahead. Throws a CremaError unless there are one or two tops and no
   * bottoms.
   */
  setup(bottoms: Blob[], tops: Blob[]): void {
    if (bottoms.length > 0) throw new CremaError(`Expected no bottom but found ${bottoms.length}`);
    if (tops.length < 1 || tops.length > 2) {
      throw new CremaError(`Expected 1 or 2 tops but found ${tops.length}`);
    }
    const { batchSize, transform, shape } = this.#options;
    const { channels, height, width } = transformedShape(transform, shape);
    tops[0]!.reshape(batchSize, channels, height, width);
    tops[1]?.reshape(batchSize);
    this.#prefetcher ??= new Prefetcher(this.#options);
  }

  /** Does nothing: `forward` gives the tops the shape of each batch, as in Caffe. */
  reshape(): void {}

  /**
   * Copies the next batch to the tops. Throws a CremaError when a record is damaged or the Worker has died.
   */
  forward(_bottoms: Blob[], [data, labels]: Blob[]): void {
    this.#live().take((batch) => {
      const { channels, height, width } = batch.shape;
      const shape = [this.#options.batchSize, channels, height, width];
      if (data!.shape.length !== 4 || data!.shape.some((size, axis) => size !== shape[axis])) {
        data!.reshape(shape);
      }
      const values = data!.data;
      values.set(batch.data.length === values.length ? batch.data : batch.data.subarray(0, values.length));
      labels?.data.set(batch.labels);
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

  /** Stops the Worker. */
  [Symbol.dispose](): void {
    this.#prefetcher?.[Symbol.dispose]();
  }

  #live(): Prefetcher {
    if (this.#prefetcher === undefined) throw new CremaError("Expected setup before forward but found none");
    return this.#prefetcher;
  }
}
