/** A column of a table: its title, and on which side its cells are. */
export interface Column {
  title: string;
  align?: "left" | "right" | undefined;
}

/**
 * A table of aligned columns under their titles and a line.
 *
 * ```ts
 * import { tableText } from "./table_text.ts";
 * import assert from "node:assert/strict";
 *
 * const text = tableText([{ title: "name" }, { title: "n", align: "right" }], [["conv1", "20"], ["ip", "5"]]);
 * assert.equal(text, "name    n\n─────────\nconv1  20\nip      5\n");
 * ```
 */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) =>
      columns[i]!.align === "right" ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)
    )
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)));
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line), ""].join("\n");
}
