/**
 * The first key that a JSON text's outermost object has twice, which `JSON.parse` passes over; undefined when there is
 * none. The text must be such that `JSON.parse` takes it.
 *
 * ```ts
 * import { repeatedKey } from "./repeated_key.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(repeatedKey('{"a": {"b": 1}, "b": [2], "\\u0061": 3}'), "a");
 * assert.equal(repeatedKey('{"a": "a", "b": {"a": 1}}'), undefined);
 * ```
 */
export function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":")) {
      const key = JSON.parse(token.replace(/\s*:$/, "")) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}
