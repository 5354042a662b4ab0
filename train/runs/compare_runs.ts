import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import type { Plot } from "../../plot/plot.ts";
import { readSolver } from "../../proto/nets/read_solver.ts";
import { findRun, type RunSummary } from "./list_runs.ts";
import { type MetricsRow, readMetrics } from "./metrics_file.ts";
import { comparisonPlot } from "./pictures/curve_plots.ts";
import { type HistoryPoint, readHistory } from "./step_history.ts";

/** A run beside others. */
export interface ComparedRun extends RunSummary {
  /** Loss and learning rate over the iterations. */
  history: HistoryPoint[];
  /** The same, and its displays after that: of a run that trains, or was killed, the history may end long before. */
  curve: HistoryPoint[];
  /** Its displays and tests. */
  rows: MetricsRow[];
  /** The outputs of its last test, of the first test net. */
  lastTest: Record<string, number>;
  /** Its train loss, at the end. */
  trainLoss?: number | undefined;
  /** The fields of its solver in which the runs differ. */
  settings: Record<string, string>;
}

/** Runs side by side. */
export interface RunComparison {
  /** The runs, in the order in which they were given. */
  runs: ComparedRun[];
  /** Their curves in one plot. */
  plot: Plot;
}

/** Compares runs of a folder: their last values, settings in which they differ, and curves. Throws a CremaError. */
export async function compareRuns(names: readonly string[], folder?: string): Promise<RunComparison> {
  const found = names.map((name) => findRun(name, folder));
  const damaged = found.find(({ fault }) => fault !== undefined);
  if (damaged !== undefined) {
    throw new CremaError(
      `Expected runs that can be read but found '${damaged.name}' damaged: ${damaged.fault}`,
    );
  }
  const settings = differences(await Promise.all(found.map(({ folder }) => settingsOf(folder))));
  const runs = found.map((run, i): ComparedRun => {
    const history = readHistory(run.folder), rows = readMetrics(run.folder);
    return {
      ...run,
      history,
      curve: withDisplays(history, rows),
      rows,
      lastTest: rows.findLast(({ net }) => net === "test")?.outputs ?? {},
      trainLoss: rows.findLast(({ net }) => net === "train")?.loss,
      settings: settings[i]!,
    };
  });
  const curves = runs.map(({ name, curve, rows, record }) => ({
    name,
    history: curve,
    rows,
    output: record?.best?.output,
  }));
  return { runs, plot: comparisonPlot(curves) };
}

/** The history of a run, with the displays after its end. */
function withDisplays(history: readonly HistoryPoint[], rows: readonly MetricsRow[]): HistoryPoint[] {
  const end = history.at(-1)?.iteration ?? -1;
  const later = rows.filter(({ net, iteration }) => net === "train" && iteration > end);
  return [
    ...history,
    ...later.map(({ iteration, loss = NaN, learningRate = NaN }) => ({ iteration, loss, learningRate })),
  ];
}

/** The fields of a run's solver, as texts; none if it can't be read. */
async function settingsOf(folder: string): Promise<Map<string, string>> {
  try {
    const param = await readSolver(join(folder, "solver.prototxt"));
    return new Map(
      Object.entries(param).map((
        [name, value],
      ) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
    );
  } catch (error) {
    if (error instanceof CremaError) return new Map();
    throw error;
  }
}

/** Of each run the fields that are not the same in all, but for those that always differ. */
function differences(settings: readonly Map<string, string>[]): Record<string, string>[] {
  const names = [...new Set(settings.flatMap((each) => [...each.keys()]))].filter((name) =>
    name !== "snapshot_prefix" && new Set(settings.map((each) => each.get(name))).size > 1
  );
  return settings.map((each) => Object.fromEntries(names.map((name) => [name, each.get(name) ?? ""])));
}
