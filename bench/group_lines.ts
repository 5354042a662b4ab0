import type { GroupRow } from "./plan_groups.ts";

/** Names of layers that are shown of a group, before the rest is counted. */
const SHOWN = 2;

/** Each group with its times on every engine, and the first engine's rates; without columns for backward if none ran. */
export function groupLines(groupRows: readonly GroupRow[]): string[] {
  const engines = [...new Set(groupRows.map(({ engine }) => engine))];
  const columns = engines.map((engine) => groupRows.filter((row) => row.engine === engine));
  const own = columns[0] ?? [];
  if (own.length === 0) return [];
  const trains = own.some((row) => row.backward_ms > 0);
  const both = <T>(forward: T, backward: T): T[] => trains ? [forward, backward] : [forward];
  const times = engines.flatMap((engine) => both(engine, "backward"));
  const header = ["  groups of the plan, ms", "", ...times, ...both("rate", "backward"), "unit"];
  const rows = own.map((row, i) => [
    `  ${namesOf(row.layers)}`,
    computedBy(row),
    ...columns.flatMap((column) => both(column[i]!.forward_ms, column[i]!.backward_ms)).map((ms) =>
      ms.toFixed(3)
    ),
    ...both(rate(row, "forward"), rate(row, "backward")),
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
