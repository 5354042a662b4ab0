import assert from "node:assert/strict";
import { readAnnotatedDatum, writeAnnotatedDatum } from "../../../../data/sources/annotated_datum.ts";
import { LmdbWriter } from "../../../../data/sources/lmdb_writer.ts";
import type { AnnotatedBox, SourceRecord } from "../../../../data/sources/record_source.ts";
import { temporaryFolder } from "../fixture.ts";
import { layerNet, next } from "./layer_net.ts";

const box = (label: number, xmin: number, ymin: number, xmax: number, ymax: number): AnnotatedBox => ({
  ...{ label, instance: label + 1, xmin, ymin, xmax, ymax, difficult: label === 2 },
});

/** A record of 2 × 4 pixels (height × width) with values from 10 · index on. */
function record(index: number, boxes?: AnnotatedBox[]): SourceRecord {
  const data = Uint8Array.from({ length: 8 }, (_, i) => 10 * index + i);
  return { channels: 1, height: 2, width: 4, label: index, data, encoded: false, ...(boxes && { boxes }) };
}

const RECORDS = [
  record(0, [box(1, 0, 0, 0.5, 0.5), box(2, 0.5, 0.5, 1, 1), box(1, 0.25, 0.25, 0.75, 0.75)]),
  record(1, []),
  record(2, [box(3, 0, 0, 1, 1)]),
];

function write(folder: string, records: readonly SourceRecord[]): void {
  using writer = new LmdbWriter(`${folder}/db`);
  for (const [i, each] of records.entries()) writer.writeBytes(`${i}`, writeAnnotatedDatum(each));
  writer.finish();
}

const layer = (transform = "", annotated = "", param = "batch_size: 2") =>
  `type: "AnnotatedData" top: "data" top: "label" data_param { source: "db" backend: LMDB ${param} }
    transform_param { ${transform} } annotated_data_param { ${annotated} }`;

Deno.test("an AnnotatedDatum is read as it was written, its boxes class by class", () => {
  const { boxes, ...rest } = readAnnotatedDatum(writeAnnotatedDatum(RECORDS[0]!));
  const [first, second, third] = RECORDS[0]!.boxes!;
  assert.deepEqual(rest, record(0));
  assert.deepEqual(boxes, [first, third, second]);
  assert.deepEqual(readAnnotatedDatum(writeAnnotatedDatum(record(4))), record(4));
});

Deno.test("AnnotatedData gives images, and a row for each box: item, class, instance, corners, difficult", async () => {
  using folder = temporaryFolder();
  write(folder.path, RECORDS);
  using net = await layerNet(folder.path, layer("scale: 0.5"));
  const [data, label] = next(net);
  assert.deepEqual(data, [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17].map((value) => value / 2));
  assert.deepEqual(net.blobs[1]!.shape, [1, 1, 3, 8]);
  assert.deepEqual(label, [
    ...[0, 1, 2, 0, 0, 0.5, 0.5, 0],
    ...[0, 1, 2, 0.25, 0.25, 0.75, 0.75, 0],
    ...[0, 2, 3, 0.5, 0.5, 1, 1, 1],
  ]);
  next(net);
  // The batch of record 1 alone has no boxes.
  using one = await layerNet(folder.path, layer("", "", "batch_size: 1"));
  assert.deepEqual([1, 2].map(() => next(one)[1]!)[1], [-1, -1, -1, -1, -1, -1, -1, -1]);
});

Deno.test("AnnotatedData resizes and crops images and boxes", async () => {
  using folder = temporaryFolder();
  write(folder.path, RECORDS.slice(0, 1));
  const resize = "resize_param { resize_mode: WARP height: 4 width: 8 interp_mode: NEAREST }";
  using net = await layerNet(folder.path, layer(`${resize} crop_h: 2 crop_w: 4`, "", "batch_size: 1"), {
    phase: "TEST",
  });
  const [data, label] = next(net);
  assert.deepEqual(net.blobs[0]!.shape, [1, 1, 2, 4]);
  assert.deepEqual(data, [1, 1, 2, 2, 5, 5, 6, 6]);
  // The middle, from a quarter to three quarters of each axis.
  assert.deepEqual(label, [0, 1, 2, 0, 0, 0.5, 0.5, 0, 0, 1, 2, 0, 0, 1, 1, 0, 0, 2, 3, 0.5, 0.5, 1, 1, 1]);
});

Deno.test("AnnotatedData augments at random, and goes on exactly after a restore, with and without a seed", async () => {
  using folder = temporaryFolder();
  write(folder.path, RECORDS);
  const text = layer(
    `mirror: true mean_value: 7 resize_param { height: 6 width: 6 interp_mode: LINEAR interp_mode: AREA }
      distort_param { brightness_prob: 0.5 brightness_delta: 9 } expand_param { prob: 0.5 max_expand_ratio: 2 }
      emit_constraint { emit_type: CENTER }`,
    `batch_sampler { max_sample: 1 max_trials: 1 }
      batch_sampler { sampler { min_scale: 0.5 } sample_constraint { min_jaccard_overlap: 0.2 } max_sample: 1 max_trials: 9 }`,
    "batch_size: 2 shuffle: true rand_skip: 2",
  );
  for (const seed of [-1, 7]) {
    using net = await layerNet(folder.path, text, { seed });
    const seen = Array.from({ length: 6 }, () => next(net));
    assert.ok(new Set(seen.map(([data]) => data!.join())).size > 4);
    for (const [, label] of seen) {
      for (let row = 0; row < label!.length; row += 8) {
        const [, group, , xmin, ymin, xmax, ymax] = label!.slice(row);
        if (group === -1) continue;
        assert.ok(xmin! >= 0 && ymin! >= 0 && xmax! <= 1 && ymax! <= 1 && xmin! < xmax! && ymin! < ymax!);
      }
    }
    const state = net.hostLayers[0]!.layer.saveState!();
    const expected = Array.from({ length: 6 }, () => next(net));
    using resumed = await layerNet(folder.path, text, { seed });
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(Array.from({ length: 6 }, () => next(resumed)), expected);
  }
});

Deno.test("records without annotations give their labels", async () => {
  using folder = temporaryFolder();
  write(folder.path, [record(0), record(1)]);
  using net = await layerNet(folder.path, layer());
  assert.deepEqual(net.blobs[1]!.shape, [2, 1, 1, 1]);
  assert.deepEqual(next(net)[1], [0, 1]);
});

const wrong: [what: string, text: string, message: RegExp][] = [
  [
    "a field of another fork",
    layer("min_side: 3"),
    /Expected fields of transform_param that this layer reads but found 'min_side'/,
  ],
  ["a noise_param", layer("noise_param { prob: 1 }"), /Expected no noise_param but found one/],
  [
    "two crops",
    layer("crop_size: 2 crop_h: 2 crop_w: 2"),
    /Expected crop_size, or crop_h and crop_w, but found both/,
  ],
  [
    "a resize without size",
    layer("resize_param { height: 3 }"),
    /Expected a resize_param with height and width/,
  ],
  [
    "images of any shape in a batch",
    layer("resize_param { resize_mode: FIT_SMALL_SIZE height: 3 width: 3 }"),
    /Expected batch_size: 1 for FIT_SMALL_SIZE/,
  ],
  ["other annotations", layer("", "anno_type: LANE"), /Expected the anno_type BBOX but found LANE/],
  [
    "a missing label map",
    layer("", 'label_map_file: "no.prototxt"'),
    /Expected a label_map_file 'no\.prototxt' but found/,
  ],
  [
    "a sampler that enlarges",
    layer("", "batch_sampler { sampler { max_scale: 2 } }"),
    /Expected scales of a sampler above 0 and up to 1 but found 1 to 2/,
  ],
  [
    "a crop that is too large",
    layer("crop_size: 3"),
    /record 0 .* of '.*db': Expected an image of at least 3x3, the crop, but found 2x4/,
  ],
];

for (const [what, text, message] of wrong) {
  Deno.test(`AnnotatedData with ${what} is an error that names the layer`, async () => {
    using folder = temporaryFolder();
    write(folder.path, RECORDS);
    await assert.rejects(layerNet(folder.path, text), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      assert.match(error.message, /net\.prototxt:1.*layer 'input'/);
      return true;
    });
  });
}
