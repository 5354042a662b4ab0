import { CremaError } from "../../base/error.ts";
import { locationOf } from "../../proto/text/location.ts";

/**
 * Throws a CremaError for a field of `message` that is not one of `known`: a field of another fork, which would be ignored.
 * `name` is how the prototxt calls the message.
 */
export function checkKnownFields(message: object | undefined, known: readonly string[], name: string): void {
  if (message === undefined) return;
  for (const [field, value] of Object.entries(message)) {
    if (value === undefined || known.includes(field)) continue;
    throw new CremaError(`Expected fields of ${name} that this layer reads but found '${field}'`, {
      ...(locationOf(message, field) ?? {}),
      hint: "It would be ignored. Remove it.",
    });
  }
}

/** The fields of Caffe's transform_param. */
export const TRANSFORM_FIELDS: readonly string[] = [
  "scale",
  "mirror",
  "crop_size",
  "mean_file",
  "mean_value",
  "force_color",
  "force_gray",
];
