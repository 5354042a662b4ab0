import { CremaError } from "../../base/mod.ts";
import { errorText } from "../output/error_text.ts";
import { printError } from "../output/print.ts";
import { counted } from "../../base/counted.ts";

/**
 * Collects files that can't be read, so that one of them does not cost the answers about the others. Each is named on
 * standard error at once.
 */
export class LeftOut {
  readonly #total: number;
  readonly #skips: boolean;
  readonly #files = new Set<string>();

  /** For so many files; with `skips` those that can't be read are no error in the end, unless they are all. */
  constructor(total: number, skips: boolean) {
    this.#total = total;
    this.#skips = skips;
  }

  /** What a reader of `file` returns; undefined when it throws a CremaError, which is printed. */
  async orNone<Result>(file: string, read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      this.add(file, error);
      return undefined;
    }
  }

  /** Prints the CremaError of a file, once. Throws it if it is of another kind, or the file is the only one. */
  add(file: string, error: unknown): void {
    if (!(error instanceof CremaError)) throw error;
    if (this.#total === 1) throw named(error, file);
    if (!this.#files.has(file)) printError(`${errorText(named(error, file))}\n`);
    this.#files.add(file);
  }

  /** Throws a CremaError that counts what was left out, if anything was; or only tells, as the constructor says. */
  finish(): void {
    const { size } = this.#files, total = this.#total;
    if (size === 0) return;
    if (this.#skips && size < total) {
      return printError(`Left out ${size} of ${counted(total, "file")} that can't be read.\n`);
    }
    throw new CremaError(`Expected files that can be read but found ${size} of ${total} that can't`, {
      hint: size < total ? "The others were answered. With --skip-bad-images this is no error." : undefined,
    });
  }
}

/** The error with the file's name, if it has none. */
function named(error: CremaError, file: string): CremaError {
  if (error.file !== undefined) return error;
  return error.message.includes(file)
    ? error
    : new CremaError(error.reason, { file, hint: error.hint, cause: error });
}
