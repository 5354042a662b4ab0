import type { TrainEvent } from "../../train/mod.ts";
import { colorWanted, printError, printOut } from "../output/print.ts";
import { terminalColumns } from "../output/terminal_columns.ts";
import { CaffeLog, type LineSink } from "./caffe_log.ts";
import { ProgressBar } from "./progress_bar.ts";

/** How training is shown. */
export interface TrainingViewOptions {
  /** The solver's `display`. */
  display: number;
  /** A file that also gets Caffe's lines. */
  logFile?: string | undefined;
}

/**
 * Shows training: a live bar where standard error is a terminal, Caffe's log lines elsewhere. With a terminal
 * the lines still go to standard output if that is a file or a pipe, and to the log file.
 */
export class TrainingView implements Disposable {
  readonly #log: CaffeLog;
  readonly #bar: ProgressBar | undefined;
  readonly #file: Deno.FsFile | undefined;

  /** Opens the log file; throws what opening it throws. */
  constructor({ display, logFile }: TrainingViewOptions) {
    const live = Deno.stderr.isTerminal();
    this.#file = logFile === undefined
      ? undefined
      : Deno.openSync(logFile, { write: true, create: true, append: true });
    this.#bar = live
      ? new ProgressBar({ write: printError, columns: terminalColumns, color: colorWanted() })
      : undefined;
    const sinks: LineSink[] = [];
    if (!live) sinks.push((line) => printError(`${line}\n`));
    else if (!Deno.stdout.isTerminal()) sinks.push((line) => printOut(`${line}\n`));
    const file = this.#file;
    if (file !== undefined) sinks.push((line) => writeLine(file, line));
    this.#log = new CaffeLog((line) => {
      for (const sink of sinks) sink(line);
    }, display);
  }

  /** Whether a live bar is shown. */
  get isLive(): boolean {
    return this.#bar !== undefined;
  }

  /** Shows an event. */
  event(event: TrainEvent): void {
    this.#log.event(event);
    this.#bar?.event(event);
  }

  /** Shows a line that belongs to no event; `place` is Caffe's source file and line, for the log. */
  line(place: string, message: string): void {
    this.#log.line(place, message);
    this.#bar?.note(message);
  }

  /** Shows a warning. */
  warn(place: string, message: string): void {
    this.#log.line(place, message, "W");
    this.#bar?.note(`Warning: ${message}`);
  }

  /** Removes the bar and closes the log file. */
  [Symbol.dispose](): void {
    this.#bar?.clear();
    this.#file?.close();
  }
}

function writeLine(file: Deno.FsFile, line: string): void {
  let bytes = new TextEncoder().encode(`${line}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
}
