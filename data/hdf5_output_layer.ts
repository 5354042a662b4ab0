import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { Blob } from "../ffi/blob.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { CremaError } from "../base/error.ts";
import { writeHdf5 } from "./arrays/hdf5_content.ts";
import type { Hdf5Library } from "./arrays/load_hdf5.ts";

/** The names of the datasets, one for each bottom. */
const DATASETS = ["data", "label"] as const;

/** Batches of one dataset. */
interface Gathered {
  /** (C, H, W). */
  axes: readonly number[];
  batches: Float32Array[];
  rows: number;
}

/**
 * Caffe's HDF5Output layer. Bottoms: data and labels, with one number of rows and at most 4 axes. It keeps what each
 * forward brings, and when the net is disposed it writes all to the datasets "data" and "label" of an HDF5 file, each of
 * (rows, C, H, W), completely or not at all. Caffe writes a single batch.
 */
export class Hdf5OutputLayer implements HostLayer {
  readonly #path: string;
  readonly #library: Hdf5Library;
  #gathered: Gathered[] = [];

  /** Takes the path of the file. */
  constructor(path: string, library: Hdf5Library) {
    this.#path = path;
    this.#library = library;
  }

  /** Throws a CremaError unless there are two bottoms and no top. */
  setup(bottoms: Blob[], tops: Blob[]): void {
    if (bottoms.length !== 2 || tops.length > 0) {
      throw new CremaError(
        `Expected 2 bottoms, data and labels, and no top but found ${bottoms.length} and ${tops.length}`,
      );
    }
  }

  /** Does nothing: there is no top. */
  reshape(): void {}

  /** Keeps the values. Throws a CremaError when their shapes do not fit those before. */
  forward(bottoms: Blob[]): void {
    const rows = bottoms.map(({ num }) => num);
    if (rows[0] !== rows[1]) {
      throw new CremaError(`Expected as many labels as rows of data, ${rows[0]}, but found ${rows[1]}`);
    }
    const axes = bottoms.map(({ channels, height, width }) => [channels, height, width]);
    for (const [i, { axes: before }] of this.#gathered.entries()) {
      if (before.join() === axes[i]!.join()) continue;
      throw new CremaError(
        `Expected rows of (${before.join(", ")}) for '${DATASETS[i]}', as before, but found (${
          axes[i]!.join(", ")
        })`,
      );
    }
    for (const [i, bottom] of bottoms.entries()) {
      const gathered = this.#gathered[i] ??= { axes: axes[i]!, batches: [], rows: 0 };
      gathered.batches.push(bottom.read());
      gathered.rows += bottom.num;
    }
  }

  /** Does nothing: what is written has no gradient. */
  backward(): void {}

  /** Writes the file, if there was a forward. Throws a CremaError when it can't. */
  [Symbol.dispose](): void {
    if (this.#gathered.length === 0) return;
    const values = new Map(this.#gathered.map(({ axes, batches, rows }, i) => {
      const all = new Float32Array(batches.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const batch of batches) {
        all.set(batch, at);
        at += batch.length;
      }
      return [DATASETS[i]!, { shape: [rows, ...axes], values: all }];
    }));
    this.#gathered = [];
    const partial = `${this.#path}.${crypto.randomUUID()}.tmp`;
    try {
      writeFileSync(partial, writeHdf5(this.#library, { groups: new Set(), values }));
      renameSync(partial, this.#path);
    } catch (cause) {
      rmSync(partial, { force: true });
      throw new CremaError(`Expected to write '${this.#path}' but found: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}
