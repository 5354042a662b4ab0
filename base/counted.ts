/**
 * A number and what it counts, for messages.
 *
 * ```ts
 * import { counted } from "./counted.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(counted(2, "epoch"), "2 epochs");
 * assert.equal(counted(1, "class", "classes"), "1 class");
 * ```
 */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}
