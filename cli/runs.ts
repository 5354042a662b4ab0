import { Command } from "commander";
import { dirname, join } from "node:path";
import { CremaError } from "../base/mod.ts";
import { replaceFile } from "../base/replace_file.ts";
import { plotSvg } from "../plot/plot_svg.ts";
import { plotText } from "../plot/plot_text.ts";
import { type BestTest, compareRuns, findRun, listRuns, removeRun, type RunSummary } from "../train/mod.ts";
import { floatText } from "../train/log/float_text.ts";
import { refuseSubcommand } from "./options/refuse_subcommand.ts";
import { painter } from "./output/painter.ts";
import { printOut } from "./output/print.ts";
import { tableText } from "./output/table_text.ts";
import { terminalColumns } from "./output/terminal_columns.ts";
import { duration } from "./training/progress_bar.ts";
import { counted } from "../base/counted.ts";

interface RunsOptions {
  runsDir: string;
  json?: boolean | undefined;
}

/** `crema runs`: lists, compares and removes the folders of trainings. */
export function runsCommand(): Command {
  const withFolder = (command: Command) =>
    command.option("--runs-dir <folder>", "the folder of all runs", "runs");
  const compare = withFolder(
    new Command("compare").description("table runs side by side, and draw their curves in one plot")
      .argument("<names...>", "the runs"),
  )
    .option("--svg <file>", "where to draw the curves (default: compare.svg in the folder of all runs)")
    .option("--json", "print one JSON object, and draw nothing without --svg")
    .action(compareAction);
  const remove = withFolder(
    new Command("rm").description("remove runs with all that is in their folders").argument(
      "<names...>",
      "the runs",
    ),
  )
    .option("--yes", "don't ask")
    .action(removeAction);
  return withFolder(new Command("runs").description("list, compare and remove the runs of crema train --run"))
    .option("--json", "print one JSON array")
    .addCommand(compare)
    .addCommand(remove)
    // A name that is none of the sub-commands' comes here.
    .argument("[command]")
    .usage("[options] [command]")
    .action((found: string | undefined, options: RunsOptions, command: Command) => {
      refuseSubcommand(
        found,
        command,
        found === undefined ? undefined : `To look at a run: crema runs compare ${found}.`,
      );
      list(options);
    });
}

function list({ runsDir, json }: RunsOptions): void {
  const runs = listRuns(runsDir);
  if (json) return printOut(`${JSON.stringify(runs)}\n`);
  if (runs.length === 0) return printOut(`No runs in '${runsDir}'. Make one: crema train --run NAME\n`);
  const rows = runs.map((run) => {
    const { name, state, record } = run;
    if (record === undefined) return [name, "", "", "", state, "", ""];
    const { net, iteration, maxIteration, best, seconds } = record;
    return [
      name,
      net,
      `${iteration}/${maxIteration}`,
      bestText(best),
      state,
      duration(seconds),
      record.started,
    ];
  });
  const titles = ["name", "net", "iterations", "best", "state", "time", "began"];
  printOut(tableText(titles.map((title) => ({ title })), rows));
  for (const { name, fault } of runs) if (fault !== undefined) printOut(`${name} is damaged: ${fault}\n`);
  for (const { name, record } of runs) {
    if (record?.error !== undefined) printOut(`${name} failed: ${record.error.split("\n")[0]}\n`);
  }
}

function bestText(best: BestTest | undefined): string {
  return best === undefined ? "" : `${best.output} ${floatText(best.value)} at ${best.iteration}`;
}

async function compareAction(
  names: string[],
  options: { svg?: string | undefined; json?: boolean | undefined },
  command: Command,
): Promise<void> {
  const { runsDir, json } = folderOf(command, options);
  const { runs, plot } = await compareRuns(names, runsDir);
  const hasCurves = plot.series.length > 0;
  const svg = options.svg ?? (json ? undefined : join(runsDir, "compare.svg"));
  if (svg !== undefined && hasCurves) writeSvg(svg, plotSvg(plot));
  if (json) {
    const brief = runs.map(({ history: _history, curve: _curve, ...run }) => run);
    return printOut(`${JSON.stringify({ runs: brief })}\n`);
  }
  const outputs = [...new Set(runs.flatMap(({ lastTest }) => Object.keys(lastTest)))];
  const settings = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const lines: [title: string, value: (run: typeof runs[number]) => string][] = [
    ["state", ({ state }) => state],
    ["iterations", ({ record }) => record === undefined ? "" : `${record.iteration}/${record.maxIteration}`],
    ["time", ({ record }) => record === undefined ? "" : duration(record.seconds)],
    ["best", ({ record }) => bestText(record?.best)],
    ["train loss", ({ trainLoss }) => numberText(trainLoss)],
    ...outputs.map((
      name,
    ): typeof lines[number] => [`test ${name}`, ({ lastTest }) => numberText(lastTest[name])]),
    ...settings.map((name): typeof lines[number] => [name, ({ settings }) => settings[name] ?? ""]),
  ];
  const columns = ["", ...names].map((title) => ({ title }));
  printOut(tableText(columns, lines.map(([title, value]) => [title, ...runs.map(value)])));
  if (!hasCurves) return printOut("\nThere are no curves yet.\n");
  const width = Math.max(20, Math.min(terminalColumns() - 14, 72));
  printOut(`\n${plotText(plot, { width, height: 12, paint: painter() })}\n\nPlot: ${svg}\n`);
}

/** A sub-command's options, with the folder that may stand before or behind its name. */
function folderOf<Options extends object>(command: Command, options: Options): Options & RunsOptions {
  const source = command.getOptionValueSource("runsDir");
  const from = source === "default" ? command.parent?.opts<RunsOptions>() : command.opts<RunsOptions>();
  const json = command.parent?.opts<RunsOptions>().json;
  return { ...options, ...json && { json }, runsDir: from?.runsDir ?? "runs" };
}

function numberText(value: number | undefined): string {
  return value === undefined ? "" : floatText(value);
}

function writeSvg(path: string, svg: string): void {
  try {
    replaceFile(path, svg);
  } catch (cause) {
    throw new CremaError(`Expected to draw a plot but found: ${(cause as Error).message}`, {
      file: path,
      hint: `Is there a folder '${dirname(path)}' that can be written?`,
      cause,
    });
  }
}

function removeAction(names: string[], options: { yes?: boolean | undefined }, command: Command): void {
  const { runsDir, yes } = folderOf(command, options);
  // All are looked up before the first is removed.
  const runs = names.map((name) => findRun(name, runsDir));
  if (!yes && !Deno.stdin.isTerminal()) {
    throw new CremaError("Expected --yes to remove runs but found no terminal to ask on");
  }
  for (const run of runs) {
    if (!yes && !confirm(`Remove ${describe(run)}?`)) continue;
    removeRun(run.name, runsDir);
    printOut(`Removed ${run.folder}\n`);
  }
}

function describe({ folder, state, record }: RunSummary): string {
  return `${folder} (${state}${record === undefined ? "" : `, ${counted(record.iteration, "iteration")}`})`;
}
