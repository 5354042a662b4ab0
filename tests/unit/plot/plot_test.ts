import assert from "node:assert/strict";
import { niceScale } from "../../../plot/nice_scale.ts";
import type { Plot } from "../../../plot/plot.ts";
import { plotSvg } from "../../../plot/plot_svg.ts";
import { plotText } from "../../../plot/plot_text.ts";

const PLOT: Plot = {
  title: "Loss & accuracy",
  xLabel: "iteration",
  leftLabel: "loss",
  rightLabel: "accuracy",
  series: [
    { name: "train loss", points: [[0, 2.3], [100, 0.5], [200, 0.1]], axis: "left", color: "#1f77b4" },
    { name: "test accuracy", points: [[0, 0.1], [200, 0.98]], axis: "right", color: "#d62728" },
  ],
};

Deno.test("scales have round ends that hold every value", () => {
  for (const values of [[0.013, 0.017], [-5, 12], [0, 0], [3], [], [1e-9, 1e9]]) {
    const { min, max, ticks } = niceScale(values);
    assert.ok(ticks.length >= 2 && ticks.length <= 12, `${ticks}`);
    assert.ok(max > min);
    for (const value of values) assert.ok(value >= min - 1e-12 && value <= max + 1e-12);
  }
});

Deno.test("the SVG is well formed, has both axes, a legend and every point inside", () => {
  const svg = plotSvg(PLOT);
  assert.match(svg, /^<svg xmlns=/);
  for (
    const text of [
      "Loss &amp; accuracy",
      ">iteration<",
      ">loss<",
      ">accuracy<",
      ">train loss<",
      ">test accuracy<",
    ]
  ) {
    assert.ok(svg.includes(text), text);
  }
  const opened = [...svg.matchAll(/<([a-z]+)(?:\s[^<>]*[^/<>])?>/g)].length;
  assert.equal(opened, [...svg.matchAll(/<\/[a-z]+>/g)].length);
  const points = [...svg.matchAll(/points="([^"]+)"/g)].flatMap((match) => (match[1] ?? "").split(" "));
  assert.equal(points.length, 5);
  for (const point of points) {
    const [x, y] = point.split(",").map(Number) as [number, number];
    assert.ok(x >= 72 && x <= 728 && y >= 56 && y <= 384, point);
  }
});

Deno.test("the text plot has the given size and draws falling lines downwards", () => {
  const lines = plotText(PLOT, { width: 40, height: 8 }).split("\n");
  assert.equal(lines.length, 8 + 3);
  const dotted = lines.slice(0, 8).map((line) => [...line].filter((c) => c > "⠀" && c <= "⣿").length);
  assert.ok(dotted.every((count) => count > 0), `${dotted}`);
  assert.match(lines[0] ?? "", /^2\.5┤.*┤1$/);
});
