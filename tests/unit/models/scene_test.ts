import { deepEqual, notDeepEqual, ok } from "node:assert/strict";
import { Scene } from "../../../models/shared/scene.ts";
import { Random } from "../../../models/shared/random.ts";

const options = { side: 48, most: 3, sizes: [12, 24] } as const;

function draw(scene: Scene): { image: Float32Array; labels: Float32Array } {
  const image = new Float32Array(3 * 48 * 48), labels = new Float32Array(48 * 48);
  scene.draw(image, labels);
  return { image, labels };
}

Deno.test("scenes follow from seed and index", () => {
  deepEqual(draw(new Scene(1, 5, options)), draw(new Scene(1, 5, options)));
  for (const other of [new Scene(1, 6, options), new Scene(2, 5, options)]) {
    notDeepEqual(draw(new Scene(1, 5, options)).image, draw(other).image);
  }
  const random = new Random(3, 7);
  const numbers = Array.from({ length: 4000 }, () => random.uniform());
  ok(numbers.every((x) => x >= 0 && x < 1));
  ok(Math.abs(numbers.reduce((sum, x) => sum + x) / 4000 - 0.5) < 0.02);
});

Deno.test("a scene's labels fill its boxes, and its image tells them from the background", () => {
  const seen = new Set<number>();
  for (let index = 0; index < 60; index++) {
    const scene = new Scene(9, index, options);
    const { image, labels } = draw(scene);
    ok(scene.shapes.length >= 1 && scene.shapes.length <= 3);
    ok(image.every((value) => value >= -1 && value <= 1.6));
    let labelled = 0;
    for (const { label, x, y, size } of scene.shapes) {
      seen.add(label);
      ok(x >= 0 && y >= 0 && x + size <= 48 && y + size <= 48);
      let inside = 0;
      for (let row = Math.floor(y); row < y + size; row++) {
        for (let column = Math.floor(x); column < x + size; column++) {
          const pixel = row * 48 + column;
          if (labels[pixel] !== 0) ok(labels[pixel] === label);
          if (labels[pixel] === label) inside++;
        }
      }
      // A circle covers π/4 of its box, a square all of it, and a triangle half.
      const share = [Math.PI / 4, 1, 0.5][label - 1]!;
      ok(Math.abs(inside - share * size ** 2) < 4 * size, `${inside} pixels of ${share * size ** 2}`);
      labelled += inside;
      const middle = Math.floor(y + 0.6 * size) * 48 + Math.floor(x + size / 2);
      const outside = labels.findIndex((value) => value === 0);
      ok(Math.abs(image[middle]! - image[outside]!) > 0.04);
    }
    deepEqual(labels.filter((value) => value !== 0).length, labelled);
  }
  deepEqual([...seen].sort(), [1, 2, 3]);
});
