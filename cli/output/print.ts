/** Writes text to standard output, whole, however the reader takes it. */
export function printOut(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Writes text to standard error, whole. */
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
    // Nobody reads any more: a closed terminal, the end of a `| head`. A training shall not die of it.
    if (!["EPIPE", "EIO"].includes((error as { code?: string }).code ?? "")) throw error;
  }
}
