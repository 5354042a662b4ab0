import { join } from "node:path";
import { shortestFloat32 } from "../../base/mod.ts";
import { replaceFile } from "../../base/replace_file.ts";
import { LogFile } from "../log/log_file.ts";
import { csvField } from "../../base/csv_field.ts";

/** What was measured at one moment: a display of the train net, or a test. */
export interface MetricsRow {
  /** Updates done so far. */
  iteration: number;
  /** When: ISO 8601. */
  time: string;
  /** Seconds of training so far, those before a resumption included. */
  seconds: number;
  /** "train", "test", or "test1" and so on for further test nets. */
  net: string;
  /** The learning rate, for a display of the train net. */
  learningRate?: number | undefined;
  /** The weighted sum of all losses: of a display smoothed over `average_loss` iterations, of a test its mean. */
  loss?: number | undefined;
  /** The outputs of the net by name. */
  outputs: Record<string, number>;
}

const FIXED = ["iteration", "time", "seconds", "net", "learning_rate", "total_loss"] as const;

/**
 * Appends rows to `metrics.csv`, with a column for each output (one that is named as a fixed column gets `_output` behind
 * its name), and to `metrics.jsonl`.
 */
export class MetricsFile implements Disposable {
  readonly #csv: string;
  readonly #jsonl: string;
  #rows: MetricsRow[];
  #columns: string[];
  #open: { csv: LogFile; jsonl: LogFile } | undefined;

  /**
   * Opens or makes the files of a folder. Rows from iteration `before` on are dropped: a resumed training measures them
   * again.
   */
  constructor(folder: string, before = Infinity) {
    this.#csv = join(folder, "metrics.csv");
    this.#jsonl = join(folder, "metrics.jsonl");
    this.#rows = readMetrics(folder).filter(({ iteration }) => iteration < before);
    this.#columns = columnsOf(this.#rows);
    this.#rewrite();
  }

  /** The rows so far. */
  get rows(): readonly MetricsRow[] {
    return this.#rows;
  }

  /** Adds a row. Throws when the system can't write it. */
  add(row: MetricsRow): void {
    this.#rows.push(row);
    const columns = columnsOf(this.#rows.slice(-1), this.#columns);
    if (columns.length > this.#columns.length) {
      this.#columns = columns;
      return this.#rewrite();
    }
    this.#open ??= { csv: new LogFile(this.#csv), jsonl: new LogFile(this.#jsonl) };
    this.#open.csv.write(csvLine(row, columns));
    this.#open.jsonl.write(jsonLine(row));
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#open?.csv[Symbol.dispose]();
    this.#open?.jsonl[Symbol.dispose]();
    this.#open = undefined;
  }

  #rewrite(): void {
    this[Symbol.dispose](); // what is open has no name any more
    const outputs = this.#columns.map((name) =>
      FIXED.some((fixed) => fixed === name) ? `${name}_output` : name
    );
    const header = `${[...FIXED, ...outputs].map((name) => csvField(name)).join(",")}\n`;
    replaceFile(this.#csv, header + this.#rows.map((row) => `${csvLine(row, this.#columns)}\n`).join(""));
    replaceFile(this.#jsonl, this.#rows.map((row) => `${jsonLine(row)}\n`).join(""));
  }
}

/**
 * The rows of a run's `metrics.jsonl`; none if there is no such file. A last line that a killed process has left
 * unfinished is left out, as is any other line that can't be read.
 */
export function readMetrics(folder: string): MetricsRow[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(join(folder, "metrics.jsonl"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      const { iteration, time, seconds, net, learning_rate, total_loss, ...rest } = JSON.parse(line);
      if (typeof iteration !== "number" || typeof net !== "string") return [];
      const outputs = Object.fromEntries(
        Object.entries(rest.outputs ?? {}).map(([name, value]) => [name, numberOf(value)]),
      );
      return [{
        iteration,
        time: String(time),
        seconds: Number(seconds) || 0,
        net,
        learningRate: learning_rate === undefined ? undefined : numberOf(learning_rate),
        loss: total_loss === undefined ? undefined : numberOf(total_loss),
        outputs,
      }];
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return [];
      throw error;
    }
  });
}

/** JSON has no NaN: it and the infinities are texts. */
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number(value);
}

function jsonLine({ iteration, time, seconds, net, learningRate, loss, outputs }: MetricsRow): string {
  const row = { iteration, time, seconds, net, learning_rate: learningRate, total_loss: loss, outputs };
  return JSON.stringify(
    row,
    (_, value) => typeof value !== "number" ? value : Number.isFinite(value) ? brief(value) : String(value),
  );
}

function csvLine(row: MetricsRow, columns: readonly string[]): string {
  const { iteration, time, seconds, net, learningRate, loss, outputs } = row;
  const values = [iteration, time, seconds, net, learningRate, loss, ...columns.map((name) => outputs[name])];
  return values.map((value) => csvField(value === undefined ? "" : String(brief(value)))).join(",");
}

/** What the engine gave as a 32 bit float, in as few digits as say which. */
function brief<Value>(value: Value): Value | number {
  return typeof value === "number" && Math.fround(value) === value ? shortestFloat32(value) : value;
}

/** The names of outputs, those of `before` first. */
function columnsOf(rows: readonly MetricsRow[], before: readonly string[] = []): string[] {
  return [...new Set([...before, ...rows.flatMap(({ outputs }) => Object.keys(outputs))])];
}
