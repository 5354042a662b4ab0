import { CremaError } from "../../base/error.ts";
import { readBytes } from "../../base/read_bytes.ts";
import { repeatedKey } from "./repeated_key.ts";
import type { Rename } from "./rename_weights.ts";

/**
 * Reads a file of renames: lines "old new", with `#` before comments, or a JSON object {"old": "new"}. `-`, or null in
 * JSON, leaves a parameter out. Throws a CremaError that names the line when it has another form.
 */
export async function readRenames(path: string): Promise<Rename[]> {
  return parseRenames(new TextDecoder().decode(await readBytes(path, "a file of renames")), path);
}

/**
 * The renames of such a file, of its text.
 *
 * ```ts
 * import { parseRenames } from "./read_renames.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseRenames("# fc\nfc.* ip.*\n", "names.txt"), [
 *   { from: "fc.*", to: "ip.*", place: { file: "names.txt", line: 2 } },
 * ]);
 * assert.deepEqual(parseRenames('{"fc": null}', "names.json"), [
 *   { from: "fc", to: undefined, place: { file: "names.json" } },
 * ]);
 * ```
 */
export function parseRenames(text: string, file: string): Rename[] {
  if (/^\s*\{/.test(text)) return fromJson(text, file);
  const renames: Rename[] = [];
  for (const [i, line] of text.replace(/^\uFEFF/, "").split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/), place = { file, line: i + 1 };
    if (words[0] === "" || words[0]!.startsWith("#")) continue;
    const [from, to] = words;
    if (words.length !== 2) {
      throw new CremaError(`Expected an old and a new name but found '${line.trim()}'`, {
        ...place,
        hint: "Names with spaces need the JSON form.",
      });
    }
    renames.push({ from: from!, to: to === "-" ? undefined : to, place });
  }
  return renames;
}

function fromJson(text: string, file: string): Rename[] {
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new CremaError(`Expected renames as JSON but found: ${(cause as Error).message}`, { file, cause });
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw new CremaError(`Expected each name once but found '${repeated}' twice`, { file });
  }
  return Object.entries(content).map(([from, to]) => {
    if (to !== null && typeof to !== "string") {
      throw new CremaError(`Expected a new name for '${from}', or null, but found ${JSON.stringify(to)}`, {
        file,
      });
    }
    return { from, to: to === null || to === "-" ? undefined : to, place: { file } };
  });
}
