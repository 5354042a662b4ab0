import { deepEqual, equal } from "node:assert/strict";
import { matchBoxes, type MatchOptions } from "../../../../layers/shared/match_boxes.ts";

/** Boxes of the whole height: the overlap of two follows from their left and right edges. */
const columns = (...edges: [left: number, right: number][]) =>
  Float32Array.from(edges.flatMap(([left, right]) => [left, 0, right, 1]));

const OBJECTS = {
  count: 3,
  labels: [1, 2, 1],
  boxes: columns([0, 0.5], [0.5, 1], [0.25, 0.75]),
  difficult: [false, false, false],
};

const options = { bipartite: false, threshold: 0.5, ignoresOutside: false };

function match(boxes: Float32Array, label: number, more: Partial<MatchOptions> = {}) {
  const { index, overlap } = matchBoxes(OBJECTS, boxes, boxes.length / 4, label, { ...options, ...more });
  return { index: [...index], overlap: [...overlap].map((value) => Number(value.toFixed(4))) };
}

Deno.test("matchBoxes gives each object its best free box, then other boxes the object that they overlap most", () => {
  // Box 0 is best for objects 0 and 2, which gets the second best; box 3 overlaps nothing; box 4 follows object 1.
  const boxes = columns([0.125, 0.5], [0.25, 0.5], [0.5, 1], [-0.5, 0], [0.5, 0.9375]);
  deepEqual(match(boxes, -1), { index: [0, 2, 1, -1, 1], overlap: [0.75, 0.5, 1, 0, 0.875] });
  deepEqual(match(boxes, -1, { bipartite: true }).index, [0, 2, 1, -1, -1]);
  deepEqual(match(boxes, -1, { threshold: 0.9 }).index, [0, 2, 1, -1, -1]);
  deepEqual(match(boxes, -1, { ignoresOutside: true }).index, [0, 2, 1, -2, 1]);
});

Deno.test("matchBoxes leaves objects without a box where there are too few that overlap them", () => {
  deepEqual(match(columns([0.5, 1], [-1, 0]), -1), { index: [1, -1], overlap: [1, 0] });
  equal(match(columns([0.5, 1]), 1, { threshold: 0.1 }).index[0], 2); // only objects of class 1
  deepEqual(match(columns([0.5, 1]), 3), { index: [-1], overlap: [0] });
});
