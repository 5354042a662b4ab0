import assert from "node:assert/strict";
import { ONNX_IMPORT_PAGE, withOperators } from "../../../tools/onnx_operator_table.ts";

/** The words of a page, however its lines and tables are laid out. */
const wordsOf = (page: string) => page.replaceAll(/-{3,}/g, "---").split(/\s+/);

Deno.test("docs/onnx_import.md lists the operators that are imported: `deno run -A tools/onnx_operator_table.ts`", async () => {
  const page = await Deno.readTextFile(ONNX_IMPORT_PAGE);
  assert.deepEqual(wordsOf(withOperators(page)), wordsOf(page));
  assert.match(page, /`BatchNormalization`/);
});
