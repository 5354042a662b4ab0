/**
 * Whether a value is an instance of a class. False for what can't tell: `instanceof` itself throws for a revoked proxy,
 * and user code may throw one.
 */
export function isInstance<Instance>(
  value: unknown,
  type: abstract new (...args: never[]) => Instance,
): value is Instance {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/**
 * The message of anything that user code may throw: an error's own, a string as it is, any other value as the debugger
 * would show it. Never throws itself, whatever the value's getters do.
 *
 * ```ts
 * import { thrownMessage } from "./thrown.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(thrownMessage(new RangeError("too large")), "too large");
 * assert.equal(thrownMessage({ code: 5 }), "{ code: 5 }");
 * ```
 */
export function thrownMessage(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (!isInstance(thrown, Error)) return shown(thrown);
  const { message, name } = { message: property(thrown, "message"), name: property(thrown, "name") };
  if (message !== undefined && message !== "") return message;
  return name ?? "an error without a message";
}

/** The stack trace of an error; undefined where there is none. Never throws itself. */
export function thrownStack(thrown: unknown): string | undefined {
  return isInstance(thrown, Error) ? property(thrown, "stack") : undefined;
}

/** What is behind an error. Never throws itself. */
export function thrownCause(thrown: unknown): unknown {
  try {
    return (thrown as { cause?: unknown } | undefined)?.cause;
  } catch {
    return undefined;
  }
}

/** A property that is text; undefined for any other, and where asking for it throws. */
function property(error: Error, name: "message" | "name" | "stack"): string | undefined {
  try {
    const value: unknown = error[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  try {
    return Deno.inspect(value, {
      depth: 2,
      breakLength: Infinity,
      iterableLimit: 20,
      strAbbreviateSize: 200,
    });
  } catch {
    return `a value that cannot be shown (${typeof value})`;
  }
}
