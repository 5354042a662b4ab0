import { CremaError } from "../../base/mod.ts";
import { readBytes } from "../../base/read_bytes.ts";
import { type LabelMap, parseText } from "../../proto/mod.ts";
import { labelsOf } from "../classifier/read_labels.ts";
import { counted } from "../../base/counted.ts";

/**
 * Throws a CremaError unless there is a name for each of so many classes, but perhaps for the first, which is the
 * background where objects are found.
 */
export function checkLabelNames(
  names: ReadonlyMap<number, string>,
  classes: number,
  { file, background }: { file: string; background: boolean },
): void {
  const unknown = [...names.keys()].filter((label) => label >= classes);
  const missing = Array.from({ length: classes }, (_, label) => label)
    .filter((label) => !names.has(label) && !(background && label === 0));
  if (unknown.length === 0 && missing.length === 0) return;
  const hint = missing.length > 0
    ? `The first class without a name is ${missing[0]}. Are they the names of another net?`
    : "Are they the names of another net?";
  throw new CremaError(
    `Expected names of ${counted(classes, "class", "classes")}, from 0 on, but found ${names.size}`,
    {
      file,
      hint,
    },
  );
}

/**
 * The names of classes by number: of a text file with a name per line, from class 0 on, or of a label map, as SSD's
 * labelmap_voc.prototxt. Throws a CremaError when it can't be read.
 */
export async function labelNames(path: string): Promise<ReadonlyMap<number, string>> {
  const text = new TextDecoder().decode(await readBytes(path, "names of classes"));
  if (!/\bitem\s*:?\s*[{<]/.test(text)) {
    return new Map(labelsOf(text).entries());
  }
  const { item = [] } = parseText("LabelMap", text, { file: path }) as LabelMap;
  if (item.length === 0) throw new CremaError("Expected items of a label map but found none", { file: path });
  return new Map(
    item.map((
      { label = 0, name = "", display_name: shown },
    ) => [label, shown === undefined || shown === "" ? name : shown]),
  );
}
