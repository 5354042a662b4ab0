import { CremaError } from "../../base/error.ts";
import { isInstance, thrownMessage } from "../../base/thrown.ts";
import type { FindingDetails } from "./finding.ts";
import { errorKey } from "./finding_key.ts";
import { userFrame } from "./user_frame.ts";

/** What a layer that throws comes to: the message without the name of the net's layer, and the line that threw. */
export function failureOf(error: unknown): FindingDetails {
  const cause = isInstance(error, CremaError) ? error.cause : error;
  const what = reasonOf(error);
  return { what, key: errorKey(what), at: isInstance(cause, Error) ? userFrame(cause) : undefined };
}

/** The message of an error, without the name of the net's layer. */
export function reasonOf(error: unknown): string {
  if (isInstance(error, CremaError)) return error.reason;
  return thrownMessage(error);
}
