import { CremaError } from "../../base/error.ts";
import { isInstance, thrownMessage } from "../../base/thrown.ts";
import { UnfinishedError } from "../../ffi/host/live_layer.ts";
import { type FindingDetails, FindingRank } from "./finding.ts";
import { errorKey } from "./finding_key.ts";
import { userFrame } from "./user_frame.ts";

/** The finding for a layer that threw: its message without the layer's name, and the line that threw. */
export function failureOf(error: unknown): FindingDetails {
  const cause = isInstance(error, CremaError) ? error.cause : error;
  const what = reasonOf(error), hint = ownHint(what, cause);
  const rank = hint !== undefined ? FindingRank.OWN : fromUse(what) ? FindingRank.OF_THE_USE : undefined;
  return {
    what,
    key: errorKey(what),
    at: isInstance(cause, Error) ? userFrame(cause) : undefined,
    hint,
    rank,
  };
}

/** What to do about an error that no bottoms can have caused. */
function ownHint(what: string, cause: unknown): string | undefined {
  if (isInstance(cause, UnfinishedError)) {
    return "Take away `async`, and await what must be awaited at the top level of the module.";
  }
  if (isInstance(cause, ReferenceError)) {
    return "The name is not declared here: look at its spelling, and at the imports.";
  }
  if (isInstance(cause, TypeError) && /^Assignment to constant variable/.test(cause.message)) {
    return "Declare the variable with `let`.";
  }
  if (what.startsWith("constructor of ")) return "The constructor throws an error, whatever the bottoms are.";
  return undefined;
}

/** Whether the layer was still looking at what it was given: before forward. */
function fromUse(what: string): boolean {
  return !/^(?:forward|backward) threw: /.test(what);
}

/** An error's message, without the layer's name. */
export function reasonOf(error: unknown): string {
  if (isInstance(error, CremaError)) return error.reason;
  return thrownMessage(error);
}
