import type { PlanGroup } from "../../net/mod.ts";

/** Names of layers that are shown of a group, before the rest is counted. */
const SHOWN = 3;

/**
 * A net's plan as a table: the layers that are computed together, how, the megabytes of their blobs, and those that
 * the last passes brought into another layout.
 */
export function planText(plan: readonly PlanGroup[]): string {
  if (plan.length === 0) return "The engine computes layer by layer, in one way.\n";
  const rows = plan.map(({ layers, fusion, fused, algorithms, bytes, reorders }) => [
    layers.slice(0, SHOWN).join(" + ") + (layers.length > SHOWN ? ` + ${layers.length - SHOWN}` : ""),
    fusion === null ? "" : fused ? fusion : `${fusion} (one by one)`,
    algorithmText(algorithms),
    megabytes(bytes),
    megabytes(4 * reorders.forward),
    megabytes(4 * reorders.backward),
  ]);
  const header = ["layers", "together", "algorithms", "MB", "reordered", "backward"];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ").trimEnd();
  const total = plan.reduce((sum, { bytes }) => sum + bytes, 0);
  const together = plan.reduce((sum, { layers, fused }) => sum + (fused ? layers.length : 0), 0);
  const all = plan.reduce((sum, { layers }) => sum + layers.length, 0);
  return [
    line(header),
    ...rows.map(line),
    `${together} of ${all} layers are computed together with others; ${megabytes(total)} MB of blobs.`,
    "",
  ].join("\n");
}

/** One name if all passes are computed alike. */
function algorithmText(algorithms: PlanGroup["algorithms"]): string {
  const names = new Set(Object.values(algorithms));
  if (names.size <= 1) return [...names].join("");
  return Object.entries(algorithms).map(([pass, name]) => `${pass} ${name}`).join(", ");
}

function megabytes(bytes: number): string {
  return bytes === 0 ? "" : (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
}
