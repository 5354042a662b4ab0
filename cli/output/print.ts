/** Writes all of a text to standard output, even where a reader takes it in pieces. */
export function printOut(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Writes all of a text to standard error. */
export function printError(text: string): void {
  writeAll(Deno.stderr, text);
}

/** Whether to colour what goes to standard error: on a terminal, unless NO_COLOR is set. */
export function colorWanted(): boolean {
  return Deno.stderr.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "";
}

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = encoder.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    // Nobody reads any more: the terminal was closed, or a `| head` has ended. Training goes on.
    if (!["EPIPE", "EIO"].includes((error as { code?: string }).code ?? "")) throw error;
  }
}
