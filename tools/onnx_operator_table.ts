/**
 * Writes the table of operators that `crema import` takes into docs/onnx_import.md: of the code's own descriptions.
 *
 * @module
 */

import { join } from "node:path";
import { FOLDED_OPERATORS } from "../onnx/graph/fold_node.ts";
import { NODE_IMPORTERS } from "../onnx/import/node_importers.ts";
import { root } from "./root.ts";

/** The page that has the table. */
export const ONNX_IMPORT_PAGE = join(root, "docs/onnx_import.md");

/** The table's rows, sorted: the operator, what becomes of it, and what is refused. */
export function operatorRows(): string[][] {
  return Object.entries(NODE_IMPORTERS).toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([operator, { becomes, except = "" }]) => [`\`${operator}\``, becomes, except]);
}

/** The operators that are only computed, never become layers, as a sentence's list. */
export function foldedOperators(): string {
  return FOLDED_OPERATORS.filter((each) => !Object.hasOwn(NODE_IMPORTERS, each)).map((each) => `\`${each}\``)
    .join(", ");
}

/** The page with what the code says in its marked places. */
export function withOperators(page: string): string {
  const rows = [["operator", "becomes", "except"], ["---", "---", "---"], ...operatorRows()];
  const table = rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return [["operators", table], ["folded", `${foldedOperators()}.`]].reduce(
    (text, [mark, content]) =>
      text!.replace(
        new RegExp(`(<!-- ${mark}: .*? -->\n)[^]*?(<!-- end -->)`),
        (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`,
      ),
    page,
  )!;
}

if (import.meta.main) {
  await Deno.writeTextFile(ONNX_IMPORT_PAGE, withOperators(await Deno.readTextFile(ONNX_IMPORT_PAGE)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", ONNX_IMPORT_PAGE] }).output();
}
