/** A place in a file. Lines and columns count from 1. */
export interface Location {
  /** Path or URL of the file, as it was given. */
  file?: string | undefined;
  /** Line, from 1. */
  line?: number | undefined;
  /** Column, from 1, in UTF-16 units. */
  column?: number | undefined;
}

/** What is known about an error besides its message. */
export interface CremaErrorOptions extends Location {
  /** Name of the layer that the error is about. */
  layer?: string | undefined;
  /** What to do about it: a sentence, printed after the message. */
  hint?: string | undefined;
  /** The error behind this one. */
  cause?: unknown;
}

/**
 * The base of every error that the user can do something about. Its message reads
 * `file:line:column: layer 'name': Expected X but found Y. Hint`, with the parts that are known.
 *
 * ```ts
 * import { CremaError } from "./error.ts";
 * import assert from "node:assert/strict";
 *
 * const error = new CremaError("Expected a positive stride but found 0", { file: "net.prototxt", line: 7 });
 * assert.equal(error.message, "net.prototxt:7: Expected a positive stride but found 0");
 * ```
 */
export class CremaError extends Error {
  override name = "CremaError";
  /** The message without place and hint. */
  readonly reason: string;
  /** Path or URL of the file. */
  readonly file?: string | undefined;
  /** Line, from 1. */
  readonly line?: number | undefined;
  /** Column, from 1. */
  readonly column?: number | undefined;
  /** Name of the layer that the error is about. */
  readonly layer?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;

  /** Makes an error from its reason ("Expected X but found Y") and what else is known. */
  constructor(reason: string, options: CremaErrorOptions = {}) {
    super(compose(reason, options), "cause" in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.file = options.file;
    this.line = options.line;
    this.column = options.column;
    this.layer = options.layer;
    this.hint = options.hint;
  }
}

/** Runs a function, and adds the file to a CremaError that names none. */
export function inFile<Result>(file: string | undefined, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CremaError) || error.file !== undefined || file === undefined) throw error;
    const { line, column, layer, hint } = error;
    throw new CremaError(error.reason, { file, line, column, layer, hint, cause: error });
  }
}

/** A prototxt that could not be read: what was expected, what was found, and where. */
export class PrototxtError extends CremaError {
  override name = "PrototxtError";
}

function compose(reason: string, { file, line, column, layer, hint }: CremaErrorOptions): string {
  const place = [file ?? (line === undefined ? undefined : "prototxt"), line, column]
    .filter((part) => part !== undefined).join(":");
  const parts = [place, layer === undefined ? "" : `layer '${layer}'`, reason].filter((part) => part !== "");
  return parts.join(": ") + (hint === undefined ? "" : `${/[.?!]$/.test(reason) ? "" : "."} ${hint}`);
}
