import { CremaError } from "../../base/mod.ts";
import type { Plot, PlotSeries } from "../../plot/plot.ts";
import type { LogRow, ParsedLog } from "./parse_caffe_log.ts";

/** The charts of plot_training_log.py, by number. */
export const CHARTS = [
  "Test accuracy vs. Iters",
  "Test accuracy vs. Seconds",
  "Test loss vs. Iters",
  "Test loss vs. Seconds",
  "Train learning rate vs. Iters",
  "Train learning rate vs. Seconds",
  "Train loss vs. Iters",
  "Train loss vs. Seconds",
] as const;

/** A log with the name that the legend shows. */
export interface NamedLog extends ParsedLog {
  name: string;
}

const COLORS = [
  ...["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd"],
  ...["#8c564b", "#e377c2", "#17becf", "#bcbd22", "#7f7f7f"],
];

/**
 * The plot of logs: one of {@link CHARTS} by its number or, without one, losses on the left axis and accuracies on the
 * right one. Values that are not finite are left out. Throws a CremaError when the logs have nothing to show.
 */
export function logPlot(
  logs: readonly NamedLog[],
  { chart, seconds = false }: { chart?: number | undefined; seconds?: boolean | undefined } = {},
): Plot {
  const overSeconds = chart === undefined ? seconds : chart % 2 === 1;
  const x = (row: LogRow) => overSeconds ? row.seconds : row.iteration;
  const series = logs.flatMap((log) => {
    const prefix = logs.length === 1 ? "" : `${log.name}: `;
    return linesOf(log, chart).map(({ name, rows, value, axis }) => ({
      name: `${prefix}${name}`,
      axis,
      points: rows.map((row) => [x(row), value(row)] as const)
        .filter((point) => point.every(Number.isFinite)).toSorted(([a], [b]) => a - b),
    }));
  }).filter(({ points }) => points.length > 0)
    .map((each, i): PlotSeries => ({ ...each, color: COLORS[i % COLORS.length]! }));
  if (series.length === 0) {
    const what = chart === undefined
      ? "losses or accuracies"
      : CHARTS[chart]!.split(" vs.")[0]!.toLowerCase();
    throw new CremaError(`Expected a log with ${what} but found none`, { file: logs[0]?.name });
  }
  const isRight = series.some(({ axis }) => axis === "right");
  return {
    title: chart === undefined ? logs.map(({ name }) => name).join(", ") : CHARTS[chart]!,
    xLabel: overSeconds ? "seconds" : "iteration",
    leftLabel: chart === undefined ? "loss" : CHARTS[chart]!.split(" vs.")[0]!,
    ...isRight ? { rightLabel: "accuracy" } : {},
    series: series.every(({ axis }) => axis === "right")
      ? series.map((each) => ({ ...each, axis: "left" as const }))
      : series,
  };
}

interface Line {
  name: string;
  rows: readonly LogRow[];
  value: (row: LogRow) => number;
  axis: "left" | "right";
}

/** The lines of a log in a chart: of several outputs of a kind, each is one. */
function linesOf({ train, test }: ParsedLog, chart: number | undefined): Line[] {
  if (chart === 4 || chart === 5) {
    return [{ name: "learning rate", rows: train, value: ({ learningRate }) => learningRate, axis: "left" }];
  }
  const outputs = (rows: readonly LogRow[], phase: string, kind: RegExp, axis: Line["axis"]): Line[] =>
    [...new Set(rows.flatMap((row) => [...row.outputs.keys()]))].filter((name) => kind.test(name))
      .map((name) => ({
        name: `${phase} ${name}`,
        rows,
        value: (row) => row.outputs.get(name) ?? NaN,
        axis,
      }));
  const loss = /loss|error|cost/i, accuracy = /acc|top|score|eval|map/i;
  switch (chart === undefined ? undefined : chart >> 1) {
    case 0:
      return outputs(test, "test", accuracy, "left");
    case 1:
      return outputs(test, "test", loss, "left");
    case 3:
      return outputs(train, "train", loss, "left");
    default:
      return [
        ...outputs(train, "train", loss, "left"),
        ...outputs(test, "test", loss, "left"),
        ...outputs(test, "test", accuracy, "right"),
      ];
  }
}
