import { EngineTable, rateRatio, share } from "./engine_table.ts";
import { groupLines } from "./group_lines.ts";
import type { ModelRow, ModelRows } from "./models.ts";

/** What was measured of one model, as a table; after it, if they were measured, the types of layers and the groups. */
export function modelText({ rows, layerRows, groupRows }: ModelRows): string {
  const [first] = rows;
  if (first === undefined) return "";
  const table = new EngineTable(`${first.model}, batch ${first.batch}`, rows);
  table.add("forward + backward, ms", ({ forward_ms, backward_ms }) => forward_ms + backward_ms);
  table.add("forward", (row) => row.forward_ms);
  table.add("backward", (row) => row.backward_ms);
  table.add("update", (row) => row.update_ms);
  table.add("images/s", (row) => row.images_per_second, rateRatio, 1);
  table.add("percent of sgemm's peak", (row) => 100 * row.of_peak, () => "", 1);
  table.add("memory, MiB", ({ peak_bytes }) => peak_bytes / 2 ** 20, share, 1);
  const images = first.batch || 1;
  table.lines.push(
    `  products: ${giga(first.forward_flops / 2 / images)} GMAC forward per image, ` +
      `${giga(first.backward_flops / 2 / images)} backward`,
  );
  const layout = rows.find((row) => row.layout !== undefined)?.layout;
  if (layout !== undefined) table.lines.push(`  pytorch: ${layout}`);

  for (const type of new Set(layerRows.map((row) => row.type))) {
    const of = ({ engine }: ModelRow) => layerRows.find((row) => row.type === type && row.engine === engine);
    table.add(`${type} forward`, (row) => of(row)?.forward_ms);
    table.add(`${type} backward`, (row) => of(row)?.backward_ms);
  }
  return [...table.lines, ...groupLines(groupRows), ""].join("\n");
}

function giga(value: number): string {
  return (value / 1e9).toPrecision(3);
}
