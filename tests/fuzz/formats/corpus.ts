import { join } from "node:path";
import { root } from "../../../tools/root.ts";

/** The folder of a format's undamaged files. */
export function corpusFolder(format: string): string {
  return join(root, "tests/fuzz/corpus", format);
}

/** The undamaged files of a format, by name. */
export function corpusFiles(format: string): Map<string, Uint8Array<ArrayBuffer>> {
  const folder = corpusFolder(format);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
  return new Map(names.map((name) => [name, Deno.readFileSync(join(folder, name))]));
}
