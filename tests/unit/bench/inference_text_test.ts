import assert from "node:assert/strict";
import type { InferenceRow } from "../../../bench/inference.ts";
import { inferenceText } from "../../../bench/inference_text.ts";
import { tableCells } from "./table_cells.ts";

const row: InferenceRow = {
  model: "tiny",
  batch: 16,
  engine: "embedded",
  threads: 2,
  forward_ms: 1,
  images_per_second: 16000,
  forward_flops: 2e7,
  of_peak: 0.5,
  peak_bytes: 2 ** 20,
};
const other: InferenceRow = {
  ...row,
  engine: "pytorch",
  forward_ms: 2,
  images_per_second: 8000,
  of_peak: 0.25,
  peak_bytes: 4 * 2 ** 20,
  layout: "channels last",
};

Deno.test("inference's table compares the first engine with each other one", () => {
  const text = inferenceText([row, other]);
  assert.match(text, /^tiny, inference, batch 16\n +embedded +pytorch +vs pytorch\n/);
  assert.deepEqual(tableCells(text, "forward, ms"), ["1.000", "2.000", "2.00×"]);
  assert.deepEqual(tableCells(text, "images/s"), ["16000.0", "8000.0", "2.00×"]);
  assert.deepEqual(tableCells(text, "percent of sgemm's peak"), ["50.0", "25.0"]);
  assert.deepEqual(tableCells(text, "memory, MiB"), ["1.0", "4.0", "25 %"]);
  assert.match(text, /^ {2}pytorch: channels last$/m);
  assert.equal(inferenceText([]), "");
});

Deno.test("inference's layers and groups have no columns for backward", () => {
  const forward = { model: "tiny", forward_ms: 0.5, backward_ms: 0 };
  const text = inferenceText([row, other], {
    layerRows: [
      { ...forward, engine: "embedded", type: "ReLU" },
      { ...forward, engine: "pytorch", type: "ReLU", forward_ms: 0.25 },
    ],
    groupRows: [{
      ...forward,
      engine: "embedded",
      layers: ["conv", "relu"],
      fusion: "rectifier",
      algorithms: { forward: "winograd 4x4" },
      forward_flops: 5e7,
      backward_flops: 0,
      forward_bytes: 1e6,
      backward_bytes: 0,
    }],
  });
  assert.deepEqual(tableCells(text, "ReLU"), ["0.500", "0.250", "0.50×"]);
  assert.deepEqual(tableCells(text, "groups of the plan, ms"), ["embedded", "rate", "unit"]);
  assert.deepEqual(tableCells(text, "conv + relu"), ["rectifier; winograd 4x4", "0.500", "100.0", "GFLOP/s"]);
});
