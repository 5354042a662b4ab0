/**
 * Rows of texts as a table in columns, two spaces between them. The columns of `right` are aligned to the right.
 *
 * ```ts
 * import { tableText } from "./table_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tableText([["name", "loss"], ["a", "12.5"], ["bcdef", "3"]], [1]), "name   loss\na      12.5\nbcdef     3\n");
 * ```
 */
export function tableText(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)
    );
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}
