import { deepEqual } from "node:assert/strict";
import { sortedByScore } from "../../../../layers/shared/sorted_by_score.ts";

const sorted = (scores: number[], most?: number) => [...sortedByScore(scores, most)];

Deno.test("sortedByScore gives the highest first, equal ones in their order, also where they are cut off", () => {
  const scores = [0.25, 0.75, -1, 0.75, 0.5, 0.75, 0.25];
  deepEqual(sorted(scores), [1, 3, 5, 4, 0, 6, 2]);
  for (let most = 0; most <= scores.length + 1; most++) {
    deepEqual(sorted(scores, most), [1, 3, 5, 4, 0, 6, 2].slice(0, most));
  }
  deepEqual(sorted([], 3), []);
  deepEqual(sorted([-Infinity, Infinity, -Infinity], 2), [1, 0]);
});

Deno.test("sortedByScore gives as many indices as asked for where scores are NaN", () => {
  deepEqual(sorted([NaN, NaN, NaN, NaN], 2).length, 2);
});
