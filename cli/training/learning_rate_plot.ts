import type { LearningRateTest } from "../../train/mod.ts";
import type { Plot, PlotSeries } from "../../plot/plot.ts";

/** A loss that many times the largest one before the least is drawn no further: it would press the rest flat. */
const HIGHEST = 1.5;

/** The losses of a learning rate range test over the logarithm of the rate, with a line at the suggestion. */
export function learningRatePlot({ rates, losses, smoothed, suggestion }: LearningRateTest): Plot {
  const least = smoothed.indexOf(Math.min(...smoothed));
  const top = HIGHEST * Math.max(...smoothed.slice(0, least + 1));
  const points = (values: readonly number[]) => {
    const end = values.findIndex((value, i) => i > least && value > top);
    return values.slice(0, end < 0 ? undefined : end + 1)
      .map((value, i) => [Math.log10(rates[i]!), Math.min(value, top)] as const);
  };
  const series: PlotSeries[] = [
    { name: "loss", points: points(losses), axis: "left", color: "#aec7e8" },
    { name: "smoothed", points: points(smoothed), axis: "left", color: "#1f77b4" },
  ];
  if (suggestion !== undefined) {
    const x = Math.log10(suggestion), heights = series.flatMap((each) => each.points.map(([, y]) => y));
    const ends = [Math.min(...heights), Math.max(...heights)].map((y) => [x, y] as const);
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
