import { readBytes } from "../../base/read_bytes.ts";

/** The names of classes in a file, one a line. Throws a CremaError when there is none. */
export async function readLabels(path: string): Promise<string[]> {
  const text = new TextDecoder().decode(await readBytes(path, "names of classes"));
  return text.trimEnd().split("\n").map((line) => line.trim());
}
