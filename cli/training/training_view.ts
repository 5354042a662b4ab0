import type { TrainEvent } from "../../train/mod.ts";
import { glogLine } from "../../train/log/glog_line.ts";
import { colorWanted, printError, printOut } from "../output/print.ts";
import { terminalColumns } from "../output/terminal_columns.ts";
import { CaffeLog, type LineSink } from "../../train/log/caffe_log.ts";
import { LogFile } from "../../train/log/log_file.ts";
import { ProgressBar } from "./progress_bar.ts";
import { tolerantSink } from "../../train/log/tolerant_sink.ts";

/** How training is shown. */
export interface TrainingViewOptions {
  /** The solver's `display`. */
  display: number;
  /** The solver's `show_per_class_result`. */
  showsClasses?: boolean | undefined;
  /** A file that also gets Caffe's lines. */
  logFile?: string | undefined;
  /** Also gets the lines that belong to no event. */
  onLine?: ((place: string, message: string, severity: "I" | "W") => void) | undefined;
}

/**
 * Shows training: a live bar where standard error is a terminal, Caffe's log lines elsewhere. With a terminal
 * the lines still go to standard output if that is a file or a pipe, and to the log file. Where lines can't be
 * written it warns once, and training goes on.
 */
export class TrainingView implements Disposable {
  readonly #log: CaffeLog;
  readonly #bar: ProgressBar | undefined;
  readonly #file: LogFile | undefined;
  readonly #onLine: NonNullable<TrainingViewOptions["onLine"]>;

  /** Opens the log file; throws what opening it throws. */
  constructor({ display, showsClasses, logFile, onLine = () => {} }: TrainingViewOptions) {
    this.#onLine = onLine;
    const live = Deno.stderr.isTerminal();
    this.#file = logFile === undefined ? undefined : new LogFile(logFile);
    this.#bar = live
      ? new ProgressBar({ write: printError, columns: terminalColumns, color: colorWanted() })
      : undefined;
    const sinks: LineSink[] = [];
    if (!live) sinks.push((line) => printError(`${line}\n`));
    else if (!Deno.stdout.isTerminal()) {
      sinks.push(tolerantSink((line) => printOut(`${line}\n`), this.#warnOf("standard output")));
    }
    const file = this.#file;
    if (file !== undefined) {
      sinks.push(tolerantSink((line) => file.write(line), this.#warnOf(`the log file ${logFile}`)));
    }
    this.#log = new CaffeLog(
      (line) => {
        for (const sink of sinks) sink(line);
      },
      display,
      showsClasses,
    );
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
    this.#onLine(place, message, "I");
    this.#bar?.note(message);
  }

  /** Shows a warning. */
  warn(place: string, message: string): void {
    this.#log.line(place, message, "W");
    this.#onLine(place, message, "W");
    this.#bar?.note(`Warning: ${message}`);
  }

  /** Removes the bar and closes the log file. */
  [Symbol.dispose](): void {
    this.#bar?.clear();
    this.#file?.[Symbol.dispose]();
  }

  /** Warns, past the log, that lines can't be written. */
  #warnOf(where: string): (error: Error) => void {
    return ({ message }) => {
      const warning =
        `Expected to write to ${where} but found: ${message}. Lines are missing there; training goes on.`;
      if (this.#bar !== undefined) this.#bar.note(`Warning: ${warning}`);
      else printError(`${glogLine("W", "caffe.cpp:197", warning)}\n`);
    };
  }
}
