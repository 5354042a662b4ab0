import { CremaError } from "../../base/mod.ts";
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
  const traces: string[] = [];
  let layer = error.layer;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof CremaError) layer ??= cause.layer;
    else if (layer !== undefined && cause.stack !== undefined) traces.push(userStack(cause));
  }
  return traces;
}

/** The trace down to the user's code: the frames of Crema below it tell the user nothing. */
function userStack(error: Error): string {
  const ours = ["ffi/", "script/"]
    .map((path) => new URL(`../../${path}`, import.meta.url).href);
  const lines = (error.stack ?? "").split("\n");
  const end = lines.findIndex((line) => ours.some((path) => line.includes(path)));
  return lines.slice(0, end < 0 ? undefined : end).join("\n");
}

/** Errors of the file system and the network, whose message says it all. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error &&
    (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.AlreadyExists ||
      /^E[A-Z]+$/.test((error as { code?: string }).code ?? ""));
}
