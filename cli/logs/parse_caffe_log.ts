import { CremaError } from "../../base/mod.ts";

/** A row of a log's table: what was printed at one iteration. */
export interface LogRow {
  /** The iteration. */
  iteration: number;
  /** Seconds since the solver began ("Solving …"), or since the first line of the log. */
  seconds: number;
  /** The learning rate that was printed last; NaN before any was. */
  learningRate: number;
  /** Values by the name of the output. */
  outputs: Map<string, number>;
}

/** What a log tells about training and testing. */
export interface ParsedLog {
  train: LogRow[];
  test: LogRow[];
}

const NUMBER = String.raw`([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf|nan))`;
const ITERATION = /Iteration (\d+)/;
const RATE = new RegExp(`lr = ${NUMBER}`);
const OUTPUT = new RegExp(String.raw`(Train|Test) net output #\d+: (\S+) = ${NUMBER}`);
/** Caffe of 2013 did not print the names of outputs. */
const SCORE = new RegExp(String.raw`Test score #(\d+): ${NUMBER}`);
/** For logs without a "Train net output", as before 2014. */
const LOSS = new RegExp(String.raw`Iteration \d+(?: \([^)]*\))?, loss = ${NUMBER}`);
const STAMP = /^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})/;

/**
 * Reads a log of `caffe train`, of any version, or of `crema train`: what parse_log.py makes of it. Lines that are not
 * glog's are skipped. `year` is that of the log's first line, which it does not tell. Throws a CremaError when the log
 * has no iterations.
 */
export function parseCaffeLog(text: string, { file, year = new Date().getFullYear() }: {
  file?: string | undefined;
  year?: number | undefined;
} = {}): ParsedLog {
  const rows = { Train: new RowList(), Test: new RowList() }, losses = new RowList();
  let iteration = -1, rate = NaN, start: number | undefined, last = 0, isSolving = false;
  for (const line of text.split("\n")) {
    const stamp = STAMP.exec(line)?.slice(1).map(Number);
    if (stamp === undefined) continue;
    const [month, day, hour, minute, second, micros] = stamp as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const at = (in_: number) => Date.UTC(in_, month - 1, day, hour, minute, second) * 1000 + micros;
    // A month before the last line's is that of another year.
    if (last !== 0 && month < new Date(last / 1000).getUTCMonth() + 1) year++;
    const time = last = at(year);
    if (start === undefined || (!isSolving && /\bSolving\b/.test(line))) start = time;
    isSolving ||= /\bSolving\b/.test(line);
    const found = ITERATION.exec(line)?.[1];
    if (found !== undefined) iteration = Number(found);
    if (iteration < 0) continue;
    rate = numberOf(RATE.exec(line)?.[1]) ?? rate;
    const row = { iteration, seconds: (time - start) / 1e6, learningRate: rate };
    const [, phase, name, value] = OUTPUT.exec(line) ?? [];
    if (phase !== undefined) rows[phase as "Train" | "Test"].add(row, name!, numberOf(value)!);
    const [, score, scored] = SCORE.exec(line) ?? [];
    if (score !== undefined) rows.Test.add(row, `score${score}`, numberOf(scored)!);
    const loss = numberOf(LOSS.exec(line)?.[1]);
    if (loss !== undefined) losses.add(row, "loss", loss);
  }
  if (iteration < 0) {
    throw new CremaError("Expected a log of training but found no line with an iteration", {
      file,
      hint: "`crema train --log FILE` writes one, as does `caffe train 2> FILE`.",
    });
  }
  const train = rows.Train.finish();
  return { train: train.length > 0 ? train : losses.finish(), test: rows.Test.finish() };
}

/** Collects rows: a row ends with another iteration, or when an output comes again, as of a second test net. */
class RowList {
  readonly #rows: LogRow[] = [];

  add(row: Omit<LogRow, "outputs">, name: string, value: number): void {
    let last = this.#rows.at(-1);
    if (last?.iteration !== row.iteration || last.outputs.has(name)) {
      this.#rows.push(last = { ...row, outputs: new Map() });
    }
    last.outputs.set(name, value);
  }

  /** The rows. The first has no learning rate in a log, and gets the second's. */
  finish(): LogRow[] {
    const [first, second] = this.#rows;
    if (first !== undefined && second !== undefined) first.learningRate = second.learningRate;
    return this.#rows;
  }
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text.endsWith("nan")) return NaN;
  if (text.endsWith("inf")) return text.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}
