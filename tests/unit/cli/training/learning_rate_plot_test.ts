import assert from "node:assert/strict";
import { learningRatePlot } from "../../../../cli/training/learning_rate_plot.ts";
import { plotSvg } from "../../../../plot/plot_svg.ts";

Deno.test("losses are drawn over the logarithm of the rate, and a diverging one does not press them flat", () => {
  const losses = [2, 2, 1, 0.5, 4, 900, 5000];
  const rates = losses.map((_, i) => 10 ** (i - 6));
  const plot = learningRatePlot({ rates, losses, smoothed: losses, suggestion: 1e-4, diverged: true });
  const [loss, , steepest] = plot.series;
  assert.deepEqual(loss!.points, [[-6, 2], [-5, 2], [-4, 1], [-3, 0.5], [-2, 3]]);
  assert.deepEqual(steepest!.points, [[-4, 0.5], [-4, 3]]);
  assert.match(plotSvg(plot), />1e-6<[\s\S]*>1e-4</);
});

Deno.test("a test without a suggestion or of one rate is drawn too", () => {
  for (const losses of [[1, 2, 3], [1]]) {
    const rates = losses.map((_, i) => 10 ** (i - 3));
    const plot = learningRatePlot({
      rates,
      losses,
      smoothed: losses,
      suggestion: undefined,
      diverged: false,
    });
    assert.doesNotMatch(plotSvg(plot), /NaN|Infinity/);
  }
});
