import assert from "node:assert/strict";
import { boxesIn, coverage, jaccardOverlap, resizeBox, sampleParts } from "../../../../data/images/boxes.ts";
import { DataRandom } from "../../../../data/random.ts";

const box = (xmin: number, ymin: number, xmax: number, ymax: number) => ({ xmin, ymin, xmax, ymax });
const object = (xmin: number, ymin: number, xmax: number, ymax: number, label = 1) => ({
  ...box(xmin, ymin, xmax, ymax),
  label,
  instance: 0,
  difficult: false,
});

Deno.test("overlaps of boxes are shares of their areas", () => {
  assert.equal(jaccardOverlap(box(0, 0, 0.5, 0.5), box(0.25, 0, 0.75, 0.5)), 1 / 3);
  assert.equal(coverage(box(0, 0, 0.5, 0.5), box(0.25, 0, 1, 1)), 0.5);
  assert.equal(jaccardOverlap(box(0, 0, 0.5, 0.5), box(0.6, 0, 1, 1)), 0);
});

Deno.test("boxes in a part of an image are clipped, and those outside are left out", () => {
  const part = box(0.5, 0, 1, 0.5), objects = [object(0.25, 0.25, 0.75, 0.75), object(0, 0, 0.5, 1, 2)];
  assert.deepEqual(boxesIn(part, objects, undefined), [object(0, 0.5, 0.5, 1)]);
  // Its centre, (0.5, 0.5), is just inside; the second one's is not.
  assert.equal(boxesIn(part, objects, { emit_type: "CENTER" }).length, 1);
  assert.equal(boxesIn(part, [object(0.3, 0.25, 0.6, 0.5)], { emit_type: "CENTER" }).length, 0);
  assert.equal(boxesIn(part, objects, { emit_type: "MIN_OVERLAP", emit_overlap: 0.3 }).length, 0);
});

Deno.test("samplers draw parts of the sizes that they allow, and keep those that fulfil their constraints", () => {
  const draw = new DataRandom(1, "boxes").draws({ epoch: 0, index: 0 });
  const objects = [box(0.2, 0.2, 0.6, 0.6)];
  const sampler = { min_scale: 0.3, max_scale: 1, min_aspect_ratio: 0.5, max_aspect_ratio: 2 };
  const sample_constraint = { min_jaccard_overlap: 0.3 };
  const parts = sampleParts(
    objects,
    [{}, { sampler, sample_constraint, max_sample: 5, max_trials: 200 }],
    draw,
  );
  // The first sampler has no bounds and takes the whole image 100 times.
  assert.equal(parts.length, 105);
  assert.deepEqual(parts[0], box(0, 0, 1, 1));
  for (const part of parts.slice(100)) {
    const width = part.xmax - part.xmin, height = part.ymax - part.ymin;
    assert.ok(part.xmin >= 0 && part.ymin >= 0 && part.xmax <= 1.000001 && part.ymax <= 1.000001);
    assert.ok(Math.sqrt(width * height) > 0.299 && width / height > 0.49 && width / height < 2.01);
    assert.ok(jaccardOverlap(part, objects[0]!) >= 0.3);
  }
  assert.deepEqual(sampleParts(objects, [{ use_original_image: false }], draw), []);
});

Deno.test("a padded image moves its boxes", () => {
  const param = { resize_mode: "FIT_LARGE_SIZE_AND_PAD", height: 100, width: 100 } as const;
  // 200 × 100 becomes 100 × 50, with 25 rows above and below.
  assert.deepEqual(resizeBox(box(0, 0, 1, 1), 200, 100, param), box(0, 0.25, 1, 0.75));
  assert.deepEqual(resizeBox(box(0.5, 0, 1, 0.5), 100, 200, param), box(0.5, 0, 0.75, 0.5));
  assert.deepEqual(resizeBox(box(-1, 0, 0.5, 2), 100, 200, { height: 9, width: 9 }), box(0, 0, 0.5, 1));
});
