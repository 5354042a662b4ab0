import type { Location } from "../../base/error.ts";

/** Where a message of a prototxt stands, and where each of its fields does. */
interface Place {
  at: Location;
  fields: ReadonlyMap<string, readonly Location[]>;
}

const places = new WeakMap<object, Place>();

/** Notes where a message stands, and where the entries of its fields do, in order. */
export function setLocation(
  message: object,
  at: Location,
  fields: ReadonlyMap<string, readonly Location[]> = new Map(),
): void {
  places.set(message, { at, fields });
}

/**
 * Where a message that was read from a prototxt stands in its file: the place of the field name that opens it
 * (`layer` for a layer). With a field name, where that field of the message stands, by entry for repeated fields.
 * Undefined for messages and fields that come from elsewhere.
 *
 * ```ts
 * import { parseText } from "./parse_text.ts";
 * import { locationOf } from "./location.ts";
 * import assert from "node:assert/strict";
 *
 * const net = parseText("NetParameter", 'name: "n"\nlayer {\n  name: "a"\n}', { file: "n.prototxt" });
 * assert.deepEqual(locationOf(net.layer![0]!), { file: "n.prototxt", line: 2, column: 1 });
 * assert.deepEqual(locationOf(net.layer![0]!, "name"), { file: "n.prototxt", line: 3, column: 3 });
 * ```
 */
export function locationOf(message: object, field?: string, index = 0): Location | undefined {
  const place = places.get(message);
  return field === undefined ? place?.at : place?.fields.get(field)?.[index];
}

/** Gives `to` the location of `from`, for a message that is made from another. Returns `to`. */
export function copyLocation<T extends object>(from: object, to: T): T {
  const place = places.get(from);
  if (place !== undefined) places.set(to, place);
  return to;
}
