import { CremaError } from "../../base/error.ts";
import { isInstance, thrownMessage } from "../../base/thrown.ts";
import type { FindingDetails } from "./finding.ts";
import { errorKey } from "./finding_key.ts";
import { userFrame } from "./user_frame.ts";

/** The finding for a layer that threw: its message without the layer's name, and the line that threw. */
export function failureOf(error: unknown): FindingDetails {
  const cause = isInstance(error, CremaError) ? error.cause : error;
  const what = reasonOf(error);
  return { what, key: errorKey(what), at: isInstance(cause, Error) ? userFrame(cause) : undefined };
}

/** An error's message, without the layer's name. */
export function reasonOf(error: unknown): string {
  if (isInstance(error, CremaError)) return error.reason;
  return thrownMessage(error);
}
