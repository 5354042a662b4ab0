import type { Plot, PlotSeries } from "../../../plot/plot.ts";
import type { MetricsRow } from "../metrics_file.ts";
import type { HistoryPoint } from "../step_history.ts";

/** The curves of a run. */
export interface RunCurves {
  /** Its name. */
  name: string;
  /** Loss and learning rate of all iterations. */
  history: readonly HistoryPoint[];
  /** Displays and tests. */
  rows: readonly MetricsRow[];
}

const COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2"];
const MOST_OUTPUTS = 4;

/** The losses of a run's train and test nets on the left, and the other outputs of its tests on the right. */
export function curvesPlot({ name, history, rows }: RunCurves): Plot {
  const tests = Map.groupBy(rows.filter(({ net }) => net !== "train"), ({ net }) => net);
  const losses = tests.entries().flatMap(([net, rows]) =>
    lines(`${net} loss`, rows, ({ loss }) => loss, "left")
  );
  const outputs = tests.entries().flatMap(([net, rows]) =>
    outputNames(rows).slice(0, MOST_OUTPUTS).flatMap((output) =>
      lines(`${net} ${output}`, rows, ({ outputs }) => outputs[output], "right")
    )
  ).toArray();
  const series = [
    ...trainLoss("train loss", history),
    ...losses,
    ...outputs,
  ].map((each, i) => ({ ...each, color: colorOf(i) }));
  return {
    title: name,
    xLabel: "iteration",
    leftLabel: "loss",
    rightLabel: outputs.length > 0 ? "test outputs" : undefined,
    series,
  };
}

/** The learning rate of a run. */
export function learningRatePlot({ name, history }: Pick<RunCurves, "name" | "history">): Plot {
  const points = history.map(({ iteration, learningRate }) => [iteration, learningRate] as const)
    .filter(([, rate]) => Number.isFinite(rate));
  return {
    title: `${name}: learning rate`,
    xLabel: "iteration",
    leftLabel: "learning rate",
    series: [{ name: "learning rate", points, axis: "left", color: colorOf(0) }],
  };
}

/**
 * The train losses of several runs, dashed and smoothed, on the left, and what decides about the best of their tests on the right (or
 * on the left, if it is a loss): a colour for each run.
 */
export function comparisonPlot(runs: readonly (RunCurves & { output?: string | undefined })[]): Plot {
  let right: string | undefined;
  const series = runs.flatMap(({ name, history, rows, output }, i) => {
    const tests = rows.filter(({ net }) => net === "test");
    const isLoss = output !== undefined && (/loss/i.test(output) || !outputNames(tests).includes(output));
    if (output !== undefined && !isLoss) right ??= output;
    const value = ({ outputs, loss }: MetricsRow) => isLoss ? loss : outputs[output ?? ""];
    return [
      ...trainLoss(`${name} train loss`, thinned(history)).map((each) => ({ ...each, dashed: true })),
      ...output === undefined ? [] : lines(`${name} ${output}`, tests, value, isLoss ? "left" : "right"),
    ].map((each) => ({ ...each, color: colorOf(i) }));
  });
  return {
    title: runs.map(({ name }) => name).join(", "),
    xLabel: "iteration",
    leftLabel: "loss",
    rightLabel: right,
    series,
  };
}

/** At most 64 points: the means of as many neighbours each. */
function thinned(history: readonly HistoryPoint[]): HistoryPoint[] {
  const size = Math.max(1, Math.ceil(history.length / 64));
  return Array.from({ length: Math.ceil(history.length / size) }, (_, i) => {
    const some = history.slice(i * size, (i + 1) * size);
    return { ...some.at(-1)!, loss: some.reduce((sum, { loss }) => sum + loss, 0) / some.length };
  });
}

function trainLoss(name: string, history: readonly HistoryPoint[]): PlotSeries[] {
  const points = history.map(({ iteration, loss }) => [iteration, loss] as const)
    .filter(([, loss]) => Number.isFinite(loss));
  return points.length === 0 ? [] : [{ name, points, axis: "left", color: "" }];
}

function lines(
  name: string,
  rows: readonly MetricsRow[],
  value: (row: MetricsRow) => number | undefined,
  axis: "left" | "right",
): PlotSeries[] {
  const points = rows.map((row) => [row.iteration, value(row) ?? NaN] as const)
    .filter(([, y]) => Number.isFinite(y));
  return points.length === 0 ? [] : [{ name, points, axis, color: "" }];
}

/** The outputs of tests that are no losses. */
function outputNames(rows: readonly MetricsRow[]): string[] {
  return [...new Set(rows.flatMap(({ outputs }) => Object.keys(outputs)))].filter((name) =>
    !/loss/i.test(name)
  );
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length]!;
}
