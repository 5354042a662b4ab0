import assert from "node:assert/strict";
import { loadSharp } from "../../../../data/images/load_sharp.ts";
import { type LabelledImage, measureImages, splitImages } from "../../../../train/fitting/mod.ts";
import { temporaryFolder } from "../../data/fixture.ts";

const images = (counts: readonly number[]): LabelledImage[] =>
  counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ path: `${label}/${i}.png`, label }))
  );

Deno.test("a split takes its part of each class, the same for the same seed, and leaves some of each", () => {
  const train = images([40, 10, 2]), set = { source: "photos", classes: ["a", "b", "c"], train };
  const counts = (split: readonly LabelledImage[]) =>
    [0, 1, 2].map((label) => split.filter((image) => image.label === label).length);
  const split = splitImages(set, 0.25, 1);
  assert.deepEqual([counts(split.train), counts(split.val)], [[30, 7, 1], [10, 3, 1]]);
  assert.deepEqual(new Set([...split.train, ...split.val]), new Set(train));
  assert.deepEqual(splitImages(set, 0.25, 1), split);
  assert.notDeepEqual(splitImages(set, 0.25, 2).val, split.val);
  assert.deepEqual(counts(splitImages(set, 0.99, 1).train), [1, 1, 1]);
  const apart = { ...set, val: images([1, 1, 1]) };
  assert.deepEqual(splitImages(apart, 0.25, 1), { train, val: apart.val });
});

Deno.test("images are measured: mean, deviation, sizes, and whether all are grey", async () => {
  using folder = temporaryFolder();
  const sharp = await loadSharp();
  const write = async (name: string, width: number, channels: 1 | 3, values: readonly number[]) => {
    const raw = { width, height: values.length / channels / width, channels };
    const image = sharp(Uint8Array.from(values), { raw });
    await (channels === 1 ? image.toColourspace("b-w") : image).toFile(`${folder.path}/${name}`);
    return { path: `${folder.path}/${name}`, label: 0 };
  };
  const red = await write("red.png", 2, 3, [200, 0, 100, 200, 0, 100]);
  const gray = await write("gray.png", 1, 1, [0, 80, 40]);
  const both = await measureImages([red, gray]);
  assert.deepEqual([both.mean, both.gray], [[(100 + 40) / 2, 20, 120], false]);
  assert.deepEqual(both.sizes, [[1, 1], [3, 2], [3, 2]]);
  const one = await measureImages([gray]);
  assert.deepEqual([one.mean, one.gray], [[40], true]);
  assert.ok(Math.abs(one.deviation - Math.sqrt(3200 / 3)) < 1e-6);

  Deno.writeTextFileSync(`${folder.path}/bad.png`, "no image");
  const bad = { path: `${folder.path}/bad.png`, label: 0, place: "all.csv:7" };
  await assert.rejects(
    measureImages([red, bad]),
    /bad\.png: all\.csv:7: Expected an encoded image but found.*--skip-bad-images/s,
  );
  const left = await measureImages([red, bad], { skipBad: true });
  assert.deepEqual([[...left.bad.keys()], left.mean], [[bad], [100, 0, 200]]);
  await assert.rejects(
    measureImages([bad], { skipBad: true }),
    /Expected images that can be read but found none/,
  );
});
