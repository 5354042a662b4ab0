import type { ModelRow, ModelRows } from "./models.ts";
import type { GroupRow } from "./plan_groups.ts";

/** Names of layers that are shown of a group, before the rest is counted. */
const SHOWN = 2;

/**
 * What was measured of one model, as a table: a column for each engine, then one for each other engine with how many
 * times as fast as it the first one is, or, of memory, how much of its memory the first one takes. After that, if they
 * were measured, the types of layers and the groups of the plan.
 */
export function modelText({ rows, layerRows, groupRows }: ModelRows): string {
  const [first, ...others] = rows;
  if (first === undefined) return "";
  const title = ["", ...rows.map(({ engine }) => engine), ...others.map(({ engine }) => `vs ${engine}`)];
  const lines = [`${first.model}, batch ${first.batch}`, lineOf(title)];
  const add = (name: string, values: (number | undefined)[], compared: typeof speedUp, digits = 3) => {
    const [own, ...theirs] = values;
    const figures = values.map((value) => value?.toFixed(digits) ?? "");
    lines.push(lineOf([`  ${name}`, ...figures, ...theirs.map((value) => compared(own, value))]));
  };
  const both = ({ forward_ms, backward_ms }: ModelRow) => forward_ms + backward_ms;
  add("forward + backward, ms", rows.map(both), speedUp);
  add("forward", rows.map((row) => row.forward_ms), speedUp);
  add("backward", rows.map((row) => row.backward_ms), speedUp);
  add("update", rows.map((row) => row.update_ms), speedUp);
  add("images/s", rows.map((row) => row.images_per_second), (own, their) => speedUp(their, own), 1);
  add("percent of sgemm's peak", rows.map((row) => 100 * row.of_peak), () => "", 1);
  add("memory, MiB", rows.map(({ peak_bytes }) => peak_bytes / 2 ** 20), share, 1);
  const images = first.batch || 1;
  lines.push(
    `  products: ${giga(first.forward_flops / 2 / images)} GMAC forward per image, ` +
      `${giga(first.backward_flops / 2 / images)} backward`,
  );
  const layout = rows.find((row) => row.layout !== undefined)?.layout;
  if (layout !== undefined) lines.push(`  pytorch: ${layout}`);

  for (const type of new Set(layerRows.map((row) => row.type))) {
    const of = ({ engine }: ModelRow) => layerRows.find((row) => row.type === type && row.engine === engine);
    add(`${type} forward`, rows.map((row) => of(row)?.forward_ms), speedUp);
    add(`${type} backward`, rows.map((row) => of(row)?.backward_ms), speedUp);
  }
  return [...lines, ...groupLines(groupRows), ""].join("\n");
}

/** Each group with its times on every engine, and the first engine's rates. */
function groupLines(groupRows: readonly GroupRow[]): string[] {
  const engines = [...new Set(groupRows.map(({ engine }) => engine))];
  const columns = engines.map((engine) => groupRows.filter((row) => row.engine === engine));
  const own = columns[0] ?? [];
  if (own.length === 0) return [];
  const times = engines.flatMap((engine) => [engine, "backward"]);
  const header = ["  groups of the plan, ms", "", ...times, "rate", "backward", "unit"];
  const rows = own.map((row, i) => [
    `  ${namesOf(row.layers)}`,
    computedBy(row),
    ...columns.flatMap((column) => [column[i]!.forward_ms.toFixed(3), column[i]!.backward_ms.toFixed(3)]),
    rate(row, "forward"),
    rate(row, "backward"),
    unit(row),
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  const cell = (text: string, i: number, last: number) =>
    i < 2 || i === last ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
  return all.map((cells) => cells.map((text, i) => cell(text, i, cells.length - 1)).join("  ").trimEnd());
}

function namesOf(layers: readonly string[]): string {
  const rest = layers.length - SHOWN;
  return layers.slice(0, SHOWN).join(" + ") + (rest > 0 ? ` + ${rest}` : "");
}

/** What is fused, and the algorithm: one name if all passes have the same. */
function computedBy({ fusion, algorithms }: GroupRow): string {
  const names = new Set(Object.values(algorithms));
  const algorithm = names.size <= 1
    ? [...names].join("")
    : Object.entries(algorithms).map(([pass, name]) => `${pass} ${name}`).join(", ");
  return [fusion ?? "", algorithm].filter((text) => text !== "").join("; ");
}

/** Operations or bytes in a millionth of a millisecond: GFLOP/s of groups with products, GB/s of others. */
function rate(row: GroupRow, pass: "forward" | "backward"): string {
  const amount = hasProducts(row) ? row[`${pass}_flops`] : row[`${pass}_bytes`];
  return amount === 0 ? "" : (amount / (row[`${pass}_ms`] * 1e6)).toFixed(1);
}

function unit(row: GroupRow): string {
  if (hasProducts(row)) return "GFLOP/s";
  return row.forward_bytes + row.backward_bytes === 0 ? "" : "GB/s";
}

function hasProducts({ forward_flops }: GroupRow): boolean {
  return forward_flops > 0;
}

function lineOf([name = "", ...cells]: readonly string[]): string {
  return (name.padEnd(30) + cells.map((text) => text.padStart(13)).join("")).trimEnd();
}

/** How many times as fast as the other's our time is. */
function speedUp(own: number | undefined, theirs: number | undefined): string {
  return own === undefined || theirs === undefined ? "" : `${(theirs / own).toFixed(2)}×`;
}

function share(own: number | undefined, theirs: number | undefined): string {
  return own === undefined || theirs === undefined ? "" : `${(100 * own / theirs).toFixed(0)} %`;
}

function giga(value: number): string {
  return (value / 1e9).toPrecision(3);
}
