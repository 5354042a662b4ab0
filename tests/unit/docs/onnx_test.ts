import assert from "node:assert/strict";
import { exportedTypes, ONNX_PAGE, withExportedTypes } from "../../../tools/generate_onnx_page.ts";

Deno.test("docs/onnx.md lists the layer types that can be exported", async () => {
  const page = await Deno.readTextFile(ONNX_PAGE);
  assert.equal(withExportedTypes(page), page, "run `deno task onnx`");
  for (const type of ["Convolution", "TanH", ...exportedTypes()]) {
    assert.ok(page.includes(`\`${type}\``), type);
  }
});
