import { type Hdf5Datasets, readHdf5Datasets } from "../arrays/hdf5_datasets.ts";
import type { Hdf5Library } from "../arrays/load_hdf5.ts";
import { countOf } from "../arrays/nd_array.ts";
import { CremaError } from "../../base/error.ts";
import { DataRandom } from "../random.ts";
import type { Position } from "../sources/record_source.ts";
import type { BatchContext, BatchMaker, SlotFor } from "./batch_maker.ts";
import type { Hdf5Batches } from "./batch_spec.ts";
import { counted } from "../../base/counted.ts";

/** The file that is in memory. */
interface LoadedFile {
  file: number;
  epoch: number;
  /** The row of the epoch with which it begins. */
  first: number;
  data: Hdf5Datasets;
  /** The order of its rows, if they are shuffled. */
  order?: Uint32Array;
}

/**
 * Reads batches of rows from HDF5 files, one file after the other, as Caffe's HDF5Data does: a batch may span files, and
 * begins anew after the last one. Shuffled, each epoch has an order of the files, and each file in it one of its rows.
 */
export class Hdf5Reader implements BatchMaker {
  readonly #spec: Hdf5Batches;
  readonly #context: BatchContext;
  readonly #library: Hdf5Library;
  readonly #numbers: (number | undefined)[];
  /** Axes of each dataset after the first one. */
  readonly #shapes: readonly (readonly number[])[];
  #position: Position;
  /** The file that is in memory: which, in which epoch, the row at which it begins there, and the order of its rows. */
  #current:
    | { file: number; epoch: number; first: number; data: Hdf5Datasets; order?: Uint32Array }
    | undefined;

  onRecord: () => void = () => {};

  /** Starts at a position: an epoch, and a row of all files. Throws a CremaError when a file is wrong. */
  constructor(spec: Hdf5Batches, context: BatchContext, library: Hdf5Library) {
    this.#spec = spec;
    this.#context = context;
    this.#library = library;
    this.#numbers = new Array<number | undefined>(spec.files.length).fill(undefined);
    this.#position = context.start;
    this.#shapes = this.#read(0, true).shapes.map((shape) => shape.slice(1));
  }

  make(slotFor: SlotFor): void {
    const { batchSize } = this.#spec;
    const slot = slotFor(this.#shapes.map((shape) => [batchSize, ...shape]));
    const { tops } = slot, sizes = this.#shapes.map(countOf);
    for (let item = 0; item < batchSize; item++) {
      const { data, first, order } = this.#load();
      const at = this.#position.index - first, row = order?.[at] ?? at;
      for (const [i, top] of tops.entries()) {
        const size = sizes[i]!;
        top.data.set(data.arrays[i]!.data.subarray(row * size, (row + 1) * size), item * size);
      }
      this.#position = { epoch: this.#position.epoch, index: this.#position.index + 1 };
      this.onRecord();
    }
    slot.next = this.#next();
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}

  /** The position, or the start of the next epoch. */
  #next(): Position {
    const { epoch, index } = this.#position;
    const isEnd = this.#numbers.every((number) => number !== undefined) && index >= sum(this.#numbers);
    return isEnd ? { epoch: epoch + 1, index: 0 } : this.#position;
  }

  /** Loads the file in which the position is. */
  #load(): LoadedFile {
    const { shuffle, files } = this.#spec, present = this.#current;
    const position = this.#position = this.#next(), { epoch, index } = position;
    if (
      present !== undefined && present.epoch === epoch && index >= present.first &&
      index < present.first + this.#numbers[present.file]!
    ) {
      return present;
    }
    const order = shuffle ? this.#random("files").permutation(epoch, files.length) : undefined;
    for (let i = 0, first = 0; i < files.length; i++) {
      const file = order?.[i] ?? i;
      this.#numbers[file] ??= this.#read(file, true).shapes[0]![0]!;
      const number = this.#numbers[file]!;
      if (index < first + number) {
        const data = present?.file === file ? present.data : this.#read(file, false);
        const rows = shuffle ? this.#random(`file ${file}`).permutation(epoch, number) : undefined;
        return this.#current = { file, epoch, first, data, ...(rows && { order: rows }) };
      }
      first += number;
    }
    // The files are all known now, and end before the position: the next epoch, unless it is from elsewhere.
    if (index > sum(this.#numbers)) {
      throw new CremaError(
        `Expected more than ${counted(index, "row")} in the files of '${this.#spec.list}' but found ${
          sum(this.#numbers)
        }`,
        { hint: "Was the data changed since the position was saved?" },
      );
    }
    return this.#load();
  }

  #random(what: string): DataRandom {
    return new DataRandom(this.#context.seed, `${this.#context.stream} ${what}`);
  }

  /** Reads a file, or only its shapes, and checks them. The error names the file and its line in the list. */
  #read(file: number, shapesOnly: boolean): Hdf5Datasets {
    const { files, list, datasets } = this.#spec, { path, line } = files[file]!;
    try {
      const data = readHdf5Datasets(this.#library, path, datasets, { shapesOnly });
      checkRows(data, datasets, path);
      this.#numbers[file] = data.shapes[0]![0]!;
      for (const [i, shape] of (this.#shapes ?? []).entries()) {
        const found = data.shapes[i]!;
        if (found.slice(1).join() === shape.join()) continue;
        throw new CremaError(
          `Expected rows of (${shape.join(", ")}) in the dataset '${datasets[i]}' of '${path}', as in '${
            files[0]!.path
          }', but found (${found.slice(1).join(", ")})`,
        );
      }
      return data;
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      const reason = cause.file === undefined ? cause.reason : `${cause.file}: ${cause.reason}`;
      throw new CremaError(`line ${line} of '${list}': ${reason}`, { hint: cause.hint, cause });
    }
  }
}

/** Throws a CremaError unless all datasets of a file have the same number of rows. */
function checkRows({ shapes }: Hdf5Datasets, datasets: readonly string[], path: string): void {
  const [first] = shapes;
  for (const [i, shape] of shapes.entries()) {
    if (shape[0] === first![0]) continue;
    throw new CremaError(
      `Expected ${counted(first![0] ?? 0, "row")} in the dataset '${datasets[i]}' of '${path}', as in '${
        datasets[0]
      }', but found ${shape[0]}`,
    );
  }
}

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((all, number) => all + (number ?? 0), 0);
}
