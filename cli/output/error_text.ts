import { CremaError } from "../../base/mod.ts";
import { isInstance, thrownCause, thrownMessage, thrownStack } from "../../base/thrown.ts";
import { asWritten } from "../../script/mod.ts";
import { isSystemError } from "./system_error.ts";

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
  const traces: string[] = [];
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
  return traces;
}

/** The trace down to the user's code: the frames of Crema below it tell the user nothing. */
function userStack(stack: string): string {
  const ours = ["ffi/", "script/"]
    .map((path) => new URL(`../../${path}`, import.meta.url).href);
  const lines = stack.split("\n");
  const end = lines.findIndex((line) => ours.some((path) => line.includes(path)));
  return lines.slice(0, end < 0 ? undefined : end).join("\n");
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
