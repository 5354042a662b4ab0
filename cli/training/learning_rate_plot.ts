import type { LearningRateTest } from "../../train/mod.ts";
import type { Plot, PlotSeries } from "../../plot/plot.ts";

/** The losses of a learning rate range test over the logarithm of the rate, with a line at the suggestion. */
export function learningRatePlot(
  { rates, losses, smoothed, suggestion }: LearningRateTest,
): Plot {
  const points = (values: readonly number[]) =>
    values.map((value, i) => [Math.log10(rates[i]!), value] as const);
  const series: PlotSeries[] = [
    { name: "loss", points: points(losses), axis: "left", color: "#aec7e8" },
    { name: "smoothed", points: points(smoothed), axis: "left", color: "#1f77b4" },
  ];
  if (suggestion !== undefined) {
    const x = Math.log10(suggestion);
    const ends = [Math.min(...losses), Math.max(...losses)].map((y) => [x, y] as const);
    series.push({
      name: `steepest: ${suggestion.toPrecision(3)}`,
      points: ends,
      axis: "left",
      color: "#d62728",
    });
  }
  return {
    title: "Learning rate range test",
    xLabel: "learning rate",
    xTick: (exponent) => Number((10 ** exponent).toPrecision(2)).toExponential(),
    leftLabel: "loss",
    series,
  };
}
