import { join } from "node:path";
import type { LayerParameter } from "../../proto/messages.ts";
import { copyLocation } from "../../proto/text/location.ts";

/** `name height width` of each image, which DetectionEvaluate reads. */
const NAME_SIZE = "name_size.txt";

/** Writes the files that layers other than data layers read, with made-up content, into a folder. */
export async function writeMadeUpFiles(folder: string): Promise<void> {
  const lines = Array.from({ length: 16 }, (_, i) => `${i} ${300 + i} ${400 + i}\n`);
  await Deno.writeTextFile(join(folder, NAME_SIZE), lines.join(""));
}

/**
 * A layer that reads the files of {@link writeMadeUpFiles} in the place of its own. Fillers that read files fill with 0.
 */
export function withMadeUpFiles(given: LayerParameter, folder: string): LayerParameter {
  const layer = withoutFileFillers(given);
  if (layer.power_file_param !== undefined) return { ...layer, power_file_param: {} };
  const { detection_evaluate_param: evaluate } = layer;
  if (evaluate?.name_size_file === undefined) return layer;
  const detection_evaluate_param = { ...evaluate, name_size_file: join(folder, NAME_SIZE) };
  return { ...layer, detection_evaluate_param };
}

function withoutFileFillers(layer: LayerParameter): LayerParameter {
  const changed: Record<string, unknown> = {};
  for (const [field, group] of Object.entries(layer)) {
    if (!field.endsWith("_param") || typeof group !== "object" || group === null) continue;
    for (const [key, filler] of Object.entries(group)) {
      const isOfFile = key.endsWith("filler") && typeof filler === "object" && filler !== null &&
        "file" in filler;
      if (isOfFile) changed[field] = { ...(changed[field] ?? group), [key]: {} };
    }
  }
  return Object.keys(changed).length === 0 ? layer : copyLocation(layer, { ...layer, ...changed });
}
