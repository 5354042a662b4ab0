import { readBytes } from "../../base/read_bytes.ts";

/** The class names in a file, one per line. Throws a CremaError when the file can't be read. */
export async function readLabels(path: string): Promise<string[]> {
  return labelsOf(new TextDecoder().decode(await readBytes(path, "names of classes")));
}

/** The class names in a text, one per line. */
export function labelsOf(text: string): string[] {
  return text.trimEnd().split("\n").map((line) => line.trim());
}
