import assert from "node:assert/strict";
import { FoundBoxes } from "../../../../layers/shared/found_boxes.ts";

const HERE = { x: 0.5, y: 0.5, width: 0.5, height: 0.5 };
const NEAR = { x: 0.5, y: 0.55, width: 0.5, height: 0.5 };
const FAR = { x: 0.1, y: 0.1, width: 0.1, height: 0.1 };

/** Labels and scores of what is kept. */
function kept(found: FoundBoxes, threshold: number): number[][] {
  const rows = found.rows(0, threshold);
  return Array.from({ length: rows.length / 7 }, (_, i) => rows.slice(7 * i + 1, 7 * i + 3));
}

Deno.test("of a box with several classes, and of boxes that overlap, only the most certain is kept", () => {
  const found = new FoundBoxes();
  found.add(0, 0.5, HERE);
  found.add(1, 0.9, HERE);
  found.add(2, 0.8, NEAR);
  found.add(3, 0.2, FAR);
  found.add(4, 0.3, FAR);
  assert.deepEqual(kept(found, 0.6), [[2, 0.9], [5, 0.3]]);
});

Deno.test("a box without an area hides nothing, not even itself", () => {
  const found = new FoundBoxes(), point = { x: 0.5, y: 0.5, width: 0, height: 0 };
  found.add(0, 0.5, point);
  found.add(1, 0.4, point);
  assert.deepEqual(kept(found, 0.6), [[1, 0.5], [2, 0.4]]);
});
