import { isSystemError } from "../../base/system_error.ts";

/**
 * Writes all of a text to standard output, even where a reader takes it in pieces. Throws when the system can't write
 * it, as on a full disk; a reader that has ended is no error.
 */
export function printOut(text: string): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    // Nobody reads any more: the terminal was closed, or a `| head` has ended. Training goes on.
    if (!isSystemError(error) || !["EPIPE", "EIO"].includes(error.code)) throw error;
  }
}

/** Writes all of a text to standard error. What can't be written is lost: there is nowhere left to say so. */
export function printError(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** Whether to colour what goes to standard error: on a terminal, unless NO_COLOR is set. */
export function colorWanted(): boolean {
  return Deno.stderr.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "";
}

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}
