import assert from "node:assert/strict";
import { join } from "node:path";
import { onnxRuntimeOf } from "../../../../script/check/onnx_runtime.ts";
import { temporaryFolder } from "../../data/fixture.ts";

Deno.test("onnxruntime-node is that of the folder's project, if it has one", () => {
  using folder = temporaryFolder();
  assert.equal(onnxRuntimeOf(folder.path), undefined);
  const place = join(folder.path, "node_modules", "onnxruntime-node");
  Deno.mkdirSync(place, { recursive: true });
  Deno.writeTextFileSync(join(place, "package.json"), '{ "name": "onnxruntime-node", "main": "index.js" }');
  Deno.writeTextFileSync(join(place, "index.js"), "exports.InferenceSession = 'here';");
  assert.equal(onnxRuntimeOf(folder.path)?.InferenceSession as unknown, "here");
});
