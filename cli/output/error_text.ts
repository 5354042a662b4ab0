import { CremaError } from "../../base/mod.ts";
import { OWN_FOLDERS } from "../../base/own_folders.ts";
import { asWritten } from "../../script/mod.ts";

/**
 * An error as the user sees it, without a trailing newline. For errors that the user can do something about: the message,
 * with the user's own stack trace when a script layer threw. Anything else is a mistake of ours: the whole trace.
 */
export function errorText(error: unknown): string {
  if (error instanceof CremaError) {
    return asWritten([`error: ${error.message}`, ...userTraces(error)].join("\n"));
  }
  if (isSystemError(error)) return `error: ${error.message}`;
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  return `error: ${trace}\nThis is a mistake in Crema, not in your files. Please report it with the lines above.`;
}

/** Stack traces of errors that user code threw: the causes of errors that name a layer. */
function userTraces(error: CremaError): string[] {
  const traces: (string | undefined)[] = [];
  let layer = error.layer;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof CremaError) layer ??= cause.layer;
    else if (layer !== undefined) traces.push(userStack(cause));
  }
  return traces.filter((trace) => trace !== undefined);
}

/** Crema's own code. The layers of the library count as the user's: their lines tell what they were given. */
const OWN = OWN_FOLDERS.filter((folder) => folder !== "layers")
  .map((folder) => new URL(`../../${folder}/`, import.meta.url).href);
const RUNTIME = /\b(ext|node):/;

/**
 * The trace with the frames of user code alone; undefined when an error came from Crema itself, a missing file say, whose
 * frames tell the user nothing.
 */
function userStack({ stack }: Error): string | undefined {
  if (stack === undefined) return undefined;
  const lines = stack.split("\n");
  const begin = lines.findIndex((line) => /^\s+at /.test(line));
  if (begin < 0) return stack;
  const frames = lines.slice(begin);
  const isOwn = (line: string) => OWN.some((path) => line.includes(path));
  const first = frames.findIndex((line) => !isOwn(line) && !RUNTIME.test(line));
  if (first < 0) return undefined;
  const end = frames.findIndex((line, i) => i > first && isOwn(line));
  // Where Crema threw, user code is to blame if Crema called it; else it is the script that called Crema.
  if (end < 0 && frames.slice(0, first).some(isOwn)) return undefined;
  return [...lines.slice(0, begin), ...frames.slice(first, end < 0 ? undefined : end)].join("\n");
}

/** Errors of the file system and the network, whose message says it all. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error &&
    (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.AlreadyExists ||
      /^E[A-Z]+$/.test((error as { code?: string }).code ?? ""));
}
