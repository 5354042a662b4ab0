import { EngineTable, rateRatio, share } from "./engine_table.ts";
import { groupLines } from "./group_lines.ts";
import type { InferenceRow } from "./inference.ts";
import type { InferenceLayers } from "./inference_layers.ts";

/** What was measured of one model's inference, as a table; after it, the types of layers and the groups if given. */
export function inferenceText(rows: readonly InferenceRow[], layers?: InferenceLayers): string {
  const [first] = rows;
  if (first === undefined) return "";
  const table = new EngineTable(`${first.model}, inference, batch ${first.batch}`, rows);
  table.add("forward, ms", (row) => row.forward_ms);
  table.add("images/s", (row) => row.images_per_second, rateRatio, 1);
  table.add("percent of sgemm's peak", (row) => 100 * row.of_peak, () => "", 1);
  table.add("memory, MiB", ({ peak_bytes }) => peak_bytes / 2 ** 20, share, 1);
  const layout = rows.find((row) => row.layout !== undefined)?.layout;
  if (layout !== undefined) table.lines.push(`  pytorch: ${layout}`);
  if (layers === undefined) return [...table.lines, ""].join("\n");
  const { layerRows, groupRows } = layers;
  for (const type of new Set(layerRows.map((row) => row.type))) {
    table.add(
      type,
      ({ engine }) => layerRows.find((row) => row.type === type && row.engine === engine)?.forward_ms,
    );
  }
  return [...table.lines, ...groupLines(groupRows), ""].join("\n");
}
