import assert from "node:assert/strict";
import { modelText } from "../../../bench/model_text.ts";
import type { ModelRow } from "../../../bench/models.ts";
import { tableCells } from "./table_cells.ts";

const row: ModelRow = {
  model: "tiny",
  batch: 10,
  engine: "embedded",
  threads: 2,
  forward_ms: 1,
  backward_ms: 3,
  update_ms: 1,
  images_per_second: 2000,
  forward_flops: 2e7,
  backward_flops: 4e7,
  of_peak: 0.5,
  peak_bytes: 2 ** 20,
};
const other: ModelRow = {
  ...row,
  engine: "pytorch",
  forward_ms: 2,
  backward_ms: 6,
  update_ms: 2,
  images_per_second: 1000,
  of_peak: 0.25,
  peak_bytes: 4 * 2 ** 20,
  layout: "channels last",
};

Deno.test("a model's table compares the first engine with each other one", () => {
  const text = modelText({ rows: [row, other], layerRows: [], groupRows: [] });
  assert.match(text, /^tiny, batch 10\n +embedded +pytorch +vs pytorch\n/);
  assert.deepEqual(tableCells(text, "forward + backward, ms"), ["4.000", "8.000", "2.00×"]);
  assert.deepEqual(tableCells(text, "images/s"), ["2000.0", "1000.0", "2.00×"]);
  assert.deepEqual(tableCells(text, "percent of sgemm's peak"), ["50.0", "25.0"]);
  assert.deepEqual(tableCells(text, "memory, MiB"), ["1.0", "4.0", "25 %"]);
  assert.match(text, /^ {2}products: 0\.00100 GMAC forward per image, 0\.00200 backward$/m);
  assert.match(text, /^ {2}pytorch: channels last$/m);
  assert.equal(modelText({ rows: [], layerRows: [], groupRows: [] }), "");
});

Deno.test("groups show GFLOP/s where they have products, else GB/s", () => {
  const group = {
    model: "tiny",
    engine: "embedded",
    layers: ["conv", "relu"],
    fusion: "rectifier",
    algorithms: { forward: "winograd 4x4", data: "winograd 4x4" },
    forward_ms: 1,
    backward_ms: 2,
    forward_flops: 5e7,
    backward_flops: 6e7,
    forward_bytes: 1e6,
    backward_bytes: 1e6,
  };
  const text = modelText({
    rows: [row],
    layerRows: [{ model: "tiny", engine: "embedded", type: "ReLU", forward_ms: 0.5, backward_ms: 0.25 }],
    groupRows: [
      group,
      { ...group, layers: ["a", "b", "c", "d"], algorithms: {}, forward_flops: 0, backward_flops: 0 },
      {
        ...group,
        layers: ["flat"],
        forward_flops: 0,
        backward_flops: 0,
        forward_bytes: 0,
        backward_bytes: 0,
      },
    ],
  });
  assert.deepEqual(tableCells(text, "ReLU forward"), ["0.500"]);
  assert.deepEqual(tableCells(text, "conv + relu"), [
    "rectifier; winograd 4x4",
    "1.000",
    "2.000",
    "50.0",
    "30.0",
    "GFLOP/s",
  ]);
  assert.deepEqual(tableCells(text, "a + b + 2"), ["rectifier", "1.000", "2.000", "1.0", "0.5", "GB/s"]);
  assert.deepEqual(tableCells(text, "flat"), ["rectifier; winograd 4x4", "1.000", "2.000"]);
});
