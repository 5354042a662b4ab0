import { z } from "zod";
import { CsvTable } from "../data/sources/csv_table.ts";
import { chanceSeed } from "../base/chance_seed.ts";
import { DataRandom } from "../data/random.ts";
import type { Position } from "../data/sources/record_source.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import type { Blob } from "../ffi/blob.ts";
import { locationOf } from "../proto/text/location.ts";
import type { SourceState } from "../proto/messages.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";

const column = z.union([z.string(), z.int().min(0)]);

/** `param_str` of a {@link CSVDataLayer}. */
export const CSVDataParams = z.strictObject({
  source: z.string().describe(
    "the file; a relative path is looked up in the current folder, then in the prototxt's",
  ),
  batch_size: z.int().positive().describe("rows per batch"),
  label: column.optional().describe(
    "column of the labels, by name or index; needed for a second top",
  ),
  classes: z.array(z.string()).min(1).optional()
    .describe("the labels' names, if they are words: the first is class 0"),
  features: z.array(column).min(1).optional().describe(
    "columns of the values, by name or index; by default all but the label's",
  ),
  shape: z.array(z.int().positive()).min(1).optional().describe(
    "shape of an item, such as [1, 28, 28]; by default one row",
  ),
  header: z.boolean().default(true).describe("whether the first line names the columns"),
  delimiter: z.string().min(1).default(",").describe("what separates fields"),
  shuffle: z.boolean().default(false).describe("whether each epoch has its own order"),
  standardize: z.union([z.boolean(), z.string()]).default(false)
    .describe(
      "scale each column to mean 0 and variance 1; a path: by the statistics of that file, for a test net",
    ),
  scale: z.number().default(1).describe("factor of every value"),
  noise: z.number().min(0).default(0).describe(
    "standard deviation of normal noise added to every value while training",
  ),
});

/** A use to check: three flowers, in batches of two rows. */
const IRIS = {
  bottoms: [],
  files: {
    "crema_check/iris.csv": "length,width,kind\n5.1,3.5,setosa\n7,3.2,versicolor\n6.3,3.3,virginica\n",
  },
  param: {
    source: "crema_check/iris.csv",
    batch_size: 2,
    label: "kind",
    classes: ["setosa", "versicolor", "virginica"],
  },
};

/**
 * Data from a CSV file, which is kept in memory. No bottoms; tops: the values (batch_size, features) or
 * (batch_size, …shape), and, if there is a second, the labels (batch_size). A batch may continue from one
 * epoch into the next.
 *
 * Item n of batch b is row r = π_e(p mod R) of the R rows v, where p = b · batch_size + n, e = ⌊p / R⌋, and
 * π_e is the epoch's permutation, or the identity without `shuffle`. Its values are
 * y_f = scale · (v[r, f] − μ_f) / σ_f + noise · ε: μ_f is the mean of column f and σ_f² its variance with
 * `standardize`, else 0 and 1, and ε ~ N(0, 1) while training. There is no gradient.
 *
 * RFC 4180: Common Format and MIME Type for Comma-Separated Values (CSV) Files, 2005.
 */
export class CSVDataLayer extends Layer<z.output<typeof CSVDataParams>> {
  static type = "CSVData";
  static bottoms = 0;
  static tops = [1, 2] as const;
  static examples: readonly LayerExample[] = [
    { ...IRIS, tops: 2, param: { ...IRIS.param, shape: [2, 1], standardize: true, scale: 0.5 } },
    { ...IRIS, tops: 2, param: { ...IRIS.param, shuffle: true, noise: 0.1 }, random: true },
    { ...IRIS, tops: 1, param: { source: IRIS.param.source, batch_size: 7, features: ["width", 0] } },
  ];
  static params = CSVDataParams;
  #values = new Float32Array();
  #labels = new Float32Array();
  #rows = 0;
  #position: Position = { epoch: 0, index: 0 };
  #seed = this.seed === undefined || this.seed < 0 ? chanceSeed() : this.seed;
  #random = this.#source();
  #order: Uint32Array | undefined;

  /** Reads the file. Throws a CremaError with its line when something in it is wrong. */
  override setup(_bottoms: [], tops: Blob[]): void {
    const { param } = this;
    const table = this.#read(param.source);
    if (table.rows === 0) throw new RangeError(`Expected rows in '${param.source}' but found none`);
    const label = param.label === undefined ? undefined : table.column(param.label);
    if (label === undefined && tops.length > 1) {
      throw new RangeError(
        "Expected param_str to name the column of the labels, for the second top, but found none",
      );
    }
    const all = table.columns.map((_, i) => i).filter((i) => i !== label);
    const features = param.features?.map((name) => table.column(name)) ?? all;
    const size = param.shape?.reduce((a, b) => a * b) ?? features.length;
    if (size !== features.length) {
      throw new RangeError(`Expected ${size} features to fill the shape but found ${features.length}`);
    }
    this.#rows = table.rows;
    this.#values = numbers(table, features);
    if (param.standardize !== false) this.#standardize(table, features);
    if (param.scale !== 1) this.ops.scale(param.scale, this.#values);
    if (label !== undefined) {
      this.#labels = Float32Array.from({ length: table.rows }, (_, row) => this.#label(table, row, label));
    }
    this.#reorder();
  }

  override reshape(_bottoms: [], [data, labels]: [Blob, ...Blob[]]): void {
    const { batch_size: items, shape } = this.param;
    data.reshape([items, ...shape ?? [this.#values.length / this.#rows]]);
    labels?.reshape(items);
  }

  override forward(_bottoms: [], [data, labels]: [Blob, ...Blob[]]): void {
    const size = this.#values.length / this.#rows, { batch_size: items, noise } = this.param;
    const to = data.data, classes = labels?.data;
    const first = this.#position;
    for (let n = 0; n < items; n++) {
      const { epoch, index } = this.#position;
      const row = this.#order?.[index] ?? index;
      to.set(this.#values.subarray(row * size, (row + 1) * size), n * size);
      if (classes !== undefined) classes[n] = this.#labels[row]!;
      const end = index + 1 === this.#rows;
      this.#position = end ? { epoch: epoch + 1, index: 0 } : { epoch, index: index + 1 };
      if (end) this.#reorder();
    }
    if (noise === 0 || this.phase === "TEST") return;
    const [low = 0, high = 0] = this.#random.augment(first);
    const added = new Float32Array(to.length);
    this.ops.gaussian(0, noise, { seed: low + (high >>> 11) * 2 ** 32 }, added);
    this.ops.add(to, added, to);
  }

  /** Data has no gradient. */
  override backward(): void {}

  /** The position of the next batch, and the seed of the random choices. */
  saveState(): SourceState {
    const { epoch, index } = this.#position;
    return { layer: this.name, position: index, epoch, seed: this.#seed };
  }

  /** Continues from where {@link saveState} was called. Throws a RangeError if the file is too short now. */
  restoreState({ position = 0, epoch = 0, seed = this.#seed }: SourceState): void {
    if (position >= this.#rows) {
      throw new RangeError(
        `Expected more than ${position} rows in '${this.param.source}' but found ${this.#rows}`,
      );
    }
    this.#seed = seed;
    this.#random = this.#source();
    this.#position = { epoch, index: position };
    this.#reorder();
  }

  #source(): DataRandom {
    return new DataRandom(this.#seed, `${this.name} ${this.phase}`);
  }

  #reorder(): void {
    if (this.param.shuffle) this.#order = this.#random.permutation(this.#position.epoch, this.#rows);
  }

  #read(path: string): CsvTable {
    const { header, delimiter } = this.param;
    return CsvTable.read(resolveSource(path, locationOf(this.layerParam)?.file), { header, delimiter });
  }

  #standardize(table: CsvTable, features: readonly number[]): void {
    const { standardize } = this.param;
    const of = typeof standardize === "string" ? this.#read(standardize) : table;
    const names = features.map((index) => of.column(table.columns[index]!));
    const values = of === table ? this.#values : numbers(of, names);
    const count = values.length / features.length;
    for (let f = 0; f < features.length; f++) {
      let sum = 0, squares = 0;
      for (let at = f; at < values.length; at += features.length) sum += values[at]!;
      const mean = sum / count;
      for (let at = f; at < values.length; at += features.length) squares += (values[at]! - mean) ** 2;
      // A constant column becomes 0.
      const deviation = Math.sqrt(squares / count) || 1;
      for (let at = f; at < this.#values.length; at += features.length) {
        this.#values[at] = (this.#values[at]! - mean) / deviation;
      }
    }
  }

  #label(table: CsvTable, row: number, at: number): number {
    const { classes } = this.param;
    if (classes === undefined) return table.number(row, at);
    const text = table.text(row, at), index = classes.indexOf(text);
    if (index >= 0) return index;
    throw table.error(row, `Expected a label of the classes ${classes.join(", ")} but found '${text}'`);
  }
}

function numbers(table: CsvTable, columns: readonly number[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(table.rows * columns.length);
  let at = 0;
  for (let row = 0; row < table.rows; row++) {
    for (const index of columns) values[at++] = table.number(row, index);
  }
  return values;
}
