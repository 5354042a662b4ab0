import assert from "node:assert/strict";
import { join } from "node:path";
import { withMadeUpFiles, writeMadeUpFiles } from "../../../../tools/corpus/made_up_files.ts";

Deno.test("a layer that reads sizes of images from a file gets one with made-up sizes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeMadeUpFiles(folder);
    const evaluate = { num_classes: 3, name_size_file: "/nowhere/sizes.txt" };
    const made = withMadeUpFiles({ type: "DetectionEvaluate", detection_evaluate_param: evaluate }, folder);
    const file = join(folder, "name_size.txt");
    assert.deepEqual(made.detection_evaluate_param, { num_classes: 3, name_size_file: file });
    assert.match(await Deno.readTextFile(file), /^(?:\d+ \d+ \d+\n)+$/);
    const other = { type: "DetectionEvaluate", detection_evaluate_param: { num_classes: 3 } };
    assert.equal(withMadeUpFiles(other, folder), other);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fillers that read files fill with 0", () => {
  const convolution = { num_output: 2, weight_filler: { type: "msra" } };
  const filler = { type: "file", file: "/nowhere/bias.txt" };
  const layer = { type: "Convolution", convolution_param: { ...convolution, bias_filler: filler } };
  assert.deepEqual(withMadeUpFiles(layer, "/tmp").convolution_param, { ...convolution, bias_filler: {} });
});
