import assert from "node:assert/strict";
import sharp from "sharp";
import { confusionSvg } from "../../../plot/confusion_svg.ts";
import { encodePng } from "../../../plot/encode_png.ts";
import { imageSheet } from "../../../plot/image_sheet.ts";
import { plotSvg } from "../../../plot/plot_svg.ts";

Deno.test("a PNG is decoded to the pixels that it was made of", async () => {
  for (const channels of [1, 3] as const) {
    const pixels = Uint8Array.from({ length: 5 * 3 * channels }, (_, i) => i * 37 % 256);
    const png = encodePng({ pixels, width: 5, height: 3, channels });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [5, 3]);
    const step = info.channels / channels; // sharp may give grey in three channels
    assert.deepEqual([...data].filter((_, i) => i % step === 0 || channels === 3), [...pixels]);
  }
});

Deno.test("a sheet has every image, enlarged or made smaller, its captions, and names that XML can hold", async () => {
  const image = (width: number, height: number) => ({
    image: { pixels: new Uint8Array(width * height).fill(200), width, height, channels: 1 as const },
    captions: ["<cat> & \u0007dog", "a caption that is far too long for its image"],
  });
  const svg = imageSheet("Nine", [...Array.from({ length: 8 }, () => image(28, 28)), image(640, 320)]);
  assert.equal([...svg.matchAll(/<image /g)].length, 9);
  assert.match(svg, /width="84" height="84" style="image-rendering: pixelated"/);
  assert.match(svg, /width="96" height="48" href/);
  assert.ok(svg.includes("&lt;cat&gt; &amp; �dog") && svg.includes("a caption that is…"));
  const { width, height } = await sharp(new TextEncoder().encode(svg)).metadata();
  assert.ok(width! >= 8 * 96 && height! > 300, `${width} x ${height}`);
  assert.match(imageSheet("None", []), /^<svg /);
});

Deno.test("a confusion matrix has a count in each cell, blue for hits, red for mistakes", () => {
  const counts = [[9, 1], [0, 4]];
  const svg = confusionSvg({
    title: "T",
    names: ["cat", "dog"],
    count: (label, guess) => counts[label]![guess]!,
  });
  assert.deepEqual([...svg.matchAll(/>(\d+)<\/text>/g)].map(([, count]) => count), ["9", "1", "4"]);
  assert.equal([...svg.matchAll(/fill="#1f5faa"/g)].length, 1); // all dogs are dogs
  assert.equal([...svg.matchAll(/>cat</g)].length, 2);
});

Deno.test("of many classes those with the most mistakes are drawn", () => {
  const svg = confusionSvg({
    title: "T",
    names: Array.from({ length: 50 }, (_, i) => `class${i}`),
    count: (label, guess) => label === guess ? 10 : label >= 30 && guess === 3 ? 5 : 0,
  });
  assert.match(svg, /T: the 40 classes with the most mistakes/);
  for (const name of ["class3", "class30", "class49"]) assert.ok(svg.includes(`>${name}<`), name);
  assert.ok(!svg.includes(">class29<"));
});

Deno.test("a plot makes room for a long legend and for long numbers, and a single point is seen", () => {
  const series = Array.from({ length: 12 }, (_, i) => ({
    name: `a run with a name, ${i}`,
    points: [[0, 0.00001234], [1, 0.00001235]] as const,
    axis: "left" as const,
    color: "#1f77b4",
    dashed: i % 2 === 0,
  }));
  const plot = { title: "T", xLabel: "x", leftLabel: "y", series };
  const svg = plotSvg(plot);
  const [, height] = /viewBox="0 0 800 (\d+)"/.exec(svg)!;
  assert.ok(Number(height) > 440);
  assert.match(svg, new RegExp(`translate\\(0 ${Number(height) - 440}\\)`));
  assert.equal([...svg.matchAll(/<polyline[^>]*stroke-dasharray/g)].length, 6);
  // The frame begins right of the numbers.
  assert.ok(Number(/<rect x="([\d.]+)"/.exec(svg)![1]) > 90);
  assert.match(plotSvg({ ...plot, series: [{ ...series[0]!, points: [[3, 1]] }] }), /<circle /);
});
