import { glogLine, type Severity } from "../../train/log/glog_line.ts";
import { printError } from "./print.ts";
import { ProgressLine } from "./progress_line.ts";

/** What {@link CommandLog} needs to know; the defaults are those of the process. */
export interface CommandLogOptions {
  /** Whether to say nothing but warnings and what was asked for. */
  quiet?: boolean | undefined;
  /** Whether standard error is a terminal whose lines can change. */
  terminal?: boolean;
  /** Writes to standard error. */
  write?: (text: string) => void;
}

/**
 * What a command says while it works: Caffe's lines where a program or a file reads them; on a terminal a bar, with warnings
 * above it. The table at the end is the command's own.
 */
export class CommandLog implements Disposable {
  /** Whether a person looks at a bar. */
  readonly live: boolean;
  readonly #quiet: boolean;
  readonly #write: (text: string) => void;
  readonly #bar: ProgressLine;

  /** Looks at standard error, unless told otherwise. */
  constructor(
    {
      quiet = false,
      terminal = Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb",
      write = printError,
    }: CommandLogOptions = {},
  ) {
    this.#quiet = quiet;
    this.#write = write;
    this.live = terminal && !quiet;
    this.#bar = new ProgressLine({ terminal: this.live, write });
  }

  /** One of Caffe's lines. On a terminal only warnings and errors are shown, and what was asked for. */
  line(place: string, message: string, severity: Severity = "I", asked = false): void {
    const matters = severity !== "I" || asked;
    if (this.live) {
      if (matters) this.#bar.note(severity === "I" ? message : `Warning: ${message}`);
    } else if (matters || !this.#quiet) this.#write(`${glogLine(severity, place, message)}\n`);
  }

  /** Moves the bar; nothing elsewhere. */
  progress(what: string, done: number, total: number, of: string): void {
    if (this.live) this.#bar.update(what, done, total, of);
  }

  /** Ends the bar's line. */
  [Symbol.dispose](): void {
    this.#bar[Symbol.dispose]();
  }
}
