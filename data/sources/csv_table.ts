import { parse } from "csv-parse/sync";
import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import { nearest } from "../../base/distance.ts";
import { utf16Of } from "../../base/utf16.ts";

/** How to read the text of a {@link CsvTable}. */
export interface CsvOptions {
  /** Whether the first record names the columns. Default: true. */
  header?: boolean | undefined;
  /** The separator between two fields. Default: a comma. */
  delimiter?: string | undefined;
}

/**
 * A table from a CSV file (RFC 4180: quoted fields may contain delimiters, quotes and line breaks).
 *
 * ```ts
 * import { CsvTable } from "./csv_table.ts";
 * import assert from "node:assert/strict";
 *
 * const table = new CsvTable("length,width,kind\n5.1,3.5,setosa\n", "iris.csv");
 * assert.deepEqual(table.columns, ["length", "width", "kind"]);
 * assert.equal(table.number(0, table.column("width")), 3.5);
 * assert.equal(table.text(0, 2), "setosa");
 * ```
 */
export class CsvTable {
  /** The name that error messages use: the path. */
  readonly name: string;
  /** Names of the columns. Without a header: "0", "1", … */
  readonly columns: readonly string[];
  readonly #records: { record: string[]; info: { lines: number } }[];

  /** Parses the text of a file. Throws a CremaError with the line when it is malformed. */
  constructor(text: string, name: string, { header = true, delimiter = "," }: CsvOptions = {}) {
    this.name = name;
    try {
      this.#records = parse(text, {
        bom: true,
        delimiter,
        info: true,
        skip_empty_lines: true,
        trim: true,
      }) as unknown as { record: string[]; info: { lines: number } }[];
    } catch (cause) {
      const line = (cause as { lines?: number }).lines;
      const message = (cause as Error).message;
      throw new CremaError(`${place(name, line)}: Expected a CSV table but found: ${message}`, { cause });
    }
    const first = this.#records[0];
    if (first === undefined) throw new CremaError(`${name}: Expected a CSV table but found an empty file`);
    this.columns = header ? first.record : first.record.map((_, i) => `${i}`);
    if (header) this.#records.shift();
  }

  /** Reads a file, in UTF-8 or UTF-16. Throws a CremaError when it is missing or malformed. */
  static read(path: string, options: CsvOptions = {}): CsvTable {
    const hint = "A relative path is looked up from the current folder, then from the prototxt's.";
    const bytes = readBytesSync(path, "a CSV file", hint);
    // Excel's "Unicode text" is in UTF-16.
    return new CsvTable(new TextDecoder(utf16Of(bytes)).decode(bytes), path, options);
  }

  /** Number of rows. */
  get rows(): number {
    return this.#records.length;
  }

  /** The index of a column, given its name or index. Throws a CremaError when there is no such column. */
  column(column: string | number): number {
    const index = typeof column === "number" ? column : this.columns.indexOf(column);
    if (index >= 0 && index < this.columns.length) return index;
    const near = typeof column === "string" ? nearest(column, [...this.columns]) : undefined;
    throw new CremaError(
      `${this.name}: Expected a column '${column}' but found ${this.columns.join(", ")}`,
      { hint: near === undefined ? undefined : `Did you mean '${near}'?` },
    );
  }

  /** The field at a row and column. */
  text(row: number, column: number): string {
    return this.#records[row]!.record[column]!;
  }

  /**
   * The field at a row and column, as a number. Throws a CremaError with the line when it is not a number.
   */
  number(row: number, column: number): number {
    const text = this.text(row, column), value = Number(text);
    if (text !== "" && !Number.isNaN(value)) return value;
    throw this.error(row, `Expected a number in column '${this.columns[column]}' but found '${text}'`);
  }

  /** Where a row is, for messages: the file and the line. */
  place(row: number): string {
    return place(this.name, this.#records[row]!.info.lines);
  }

  /** An error that names the line of a row. */
  error(row: number, reason: string, hint?: string): CremaError {
    return new CremaError(`${this.place(row)}: ${reason}`, { hint });
  }
}

function place(name: string, line: number | undefined): string {
  return line === undefined ? name : `${name}:${line}`;
}
