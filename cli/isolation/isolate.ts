import { CremaError } from "../../base/mod.ts";
import { ownArguments } from "../debugging/own_arguments.ts";

/** The option as the user writes it. */
export const ISOLATE = "--isolate";

/** Passed on to the child, which does what each asks for. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How much of what the child said last an error repeats, in bytes. */
const LAST_WORDS = 2000;

/**
 * Runs the command again, without `--isolate`, in a process of its own, which has this one's input, output and signals.
 * Returns its exit status. Throws a CremaError when a signal ended it, as when native code crashes.
 */
export async function isolate(args: readonly string[]): Promise<number> {
  // On a terminal the child draws its progress there, and what it says stays visible.
  const shown = Deno.stderr.isTerminal();
  const child = new Deno.Command(Deno.execPath(), {
    args: ownArguments([], args.filter((arg) => arg !== ISOLATE)),
    stdin: "inherit",
    stdout: "inherit",
    stderr: shown ? "inherit" : "piped",
    // Ctrl-C would reach it directly as well, and a second one means something else than the first.
    detached: true,
  }).spawn();
  const listeners = SIGNALS.map((signal) => [signal, () => send(child, signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  try {
    const words = shown ? "" : await passOn(child.stderr);
    const { code, signal } = await child.status;
    if (signal === null) return code;
    const said = words.trim() === "" ? "" : `. It said last:\n${words.trim()}`;
    throw new CremaError(`Expected the isolated process to end by itself but found ${signal}${said}`);
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  }
}

function send(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended already.
  }
}

/** Copies the stream to standard error. Returns the end of it. */
async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  let last = new Uint8Array();
  for await (const chunk of stream) {
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
    last = new Uint8Array([...last.subarray(-LAST_WORDS), ...chunk.subarray(-LAST_WORDS)]);
  }
  const text = new TextDecoder().decode(last.subarray(-LAST_WORDS));
  return last.length > LAST_WORDS ? text.slice(text.indexOf("\n") + 1) : text;
}
