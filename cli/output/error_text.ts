import { CremaError } from "../../base/mod.ts";
import { OWN_FOLDERS } from "../../base/own_folders.ts";
import { isInstance, thrownCause, thrownMessage, thrownStack } from "../../base/thrown.ts";
import { asWritten } from "../../script/mod.ts";
import { isSystemError } from "../../base/system_error.ts";

/**
 * An error as the user sees it, without a trailing newline. For errors that the user can do something about: the message,
 * with the user's own stack trace when a script layer threw. Anything else is a mistake of ours: the whole trace.
 */
export function errorText(error: unknown): string {
  if (isInstance(error, CremaError)) {
    return asWritten([`error: ${error.message}`, ...userTraces(error)].join("\n"));
  }
  if (saysItAll(error)) return `error: ${error.message}`;
  const trace = thrownStack(error) ?? thrownMessage(error);
  return `error: ${trace}\nThis is a mistake in Crema, not in your files. Please report it with the lines above.`;
}

/** Stack traces of errors that user code threw: the causes of errors that name a layer. */
function userTraces(error: CremaError): string[] {
  const traces: (string | undefined)[] = [];
  let layer = error.layer;
  // An error may be its own cause, or that of its cause.
  const seen = new Set<unknown>([error]);
  for (
    let cause: unknown = error.cause;
    isInstance(cause, Error) && !seen.has(cause);
    cause = thrownCause(cause)
  ) {
    seen.add(cause);
    const stack = thrownStack(cause);
    if (isInstance(cause, CremaError)) layer ??= cause.layer;
    else if (layer !== undefined && stack !== undefined) traces.push(userStack(stack));
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
function userStack(stack: string): string | undefined {
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
function saysItAll(error: unknown): error is Error {
  return isSystemError(error) ||
    [
      Deno.errors.NotFound,
      Deno.errors.PermissionDenied,
      Deno.errors.NotCapable,
      Deno.errors.AlreadyExists,
    ].some((type) => isInstance(error, type));
}
