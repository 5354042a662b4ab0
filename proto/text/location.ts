import type { Location } from "../../base/error.ts";

/** The location of a message in a prototxt, and of each of its fields. */
interface Place {
  at: Location;
  fields: ReadonlyMap<string, readonly Location[]>;
}

const places = new WeakMap<object, Place>();

/** Notes the location of a message, and of the entries of its fields, in order. */
export function setLocation(
  message: object,
  at: Location,
  fields: ReadonlyMap<string, readonly Location[]> = new Map(),
): void {
  places.set(message, { at, fields });
}

/**
 * The location of a message that was read from a prototxt: of the field name that opens it (`layer` for a
 * layer). With a field name, the location of that field of the message; `index` chooses the entry of a
 * repeated field. Undefined for messages and fields that come from elsewhere.
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

/**
 * Notes the location of one field of a message, or of one entry of a repeated field, besides those that are
 * known already. A message without a location gets this one.
 */
export function setFieldLocation(message: object, field: string, at: Location, index?: number): void {
  const place = places.get(message) ?? { at, fields: new Map<string, readonly Location[]>() };
  const entries = index === undefined ? [at] : [...place.fields.get(field) ?? []];
  if (index !== undefined) entries[index] = at;
  places.set(message, { at: place.at, fields: new Map(place.fields).set(field, entries) });
}

/** Gives `to`, a message that was made from `from`, the same location. Returns `to`. */
export function copyLocation<T extends object>(from: object, to: T): T {
  const place = places.get(from);
  if (place !== undefined) places.set(to, place);
  return to;
}
