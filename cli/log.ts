import { basename, extname, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { CremaError } from "../base/mod.ts";
import { readBytes } from "../base/read_bytes.ts";
import { checkDestination } from "../base/check_destination.ts";
import { writeWhole } from "../base/write_whole.ts";
import { logCsv } from "./logs/log_csv.ts";
import { CHARTS, logPlot, type NamedLog } from "./logs/log_plot.ts";
import { type LogRow, parseCaffeLog } from "./logs/parse_caffe_log.ts";
import { printError, printOut } from "./output/print.ts";
import { plotSvg } from "../plot/plot_svg.ts";
import { plotText } from "../plot/plot_text.ts";
import { counted } from "../base/counted.ts";

/** `crema log`: tables and plots of the logs of training. */
export function logCommand(): Command {
  return new Command("log")
    .description("make tables and plots of training logs, Caffe's too (parse_log.py, plot_training_log.py)")
    .addCommand(parseCommand())
    .addCommand(plotCommand());
}

function parseCommand(): Command {
  return new Command("parse")
    .description("write LOG.train and LOG.test, tables of what a log says (parse_log.py)")
    .argument("<log>", "a log of caffe train or of crema train --log")
    .argument("[folder]", "where the tables go", ".")
    .option("--delimiter <text>", "what is between columns", ",")
    .option("--verbose", "say what is written")
    .option("--json", "print one JSON object instead of writing tables")
    .action(runParse);
}

async function runParse(
  file: string,
  folder: string,
  { delimiter, json, verbose }: { delimiter: string; json?: boolean; verbose?: boolean },
): Promise<void> {
  const { train, test } = await readLog(file);
  if (json) return printOut(`${JSON.stringify({ train: train.map(jsonRow), test: test.map(jsonRow) })}\n`);
  for (const [part, rows] of Object.entries({ train, test })) {
    const path = join(folder, `${basename(file)}.${part}`);
    if (rows.length === 0) {
      if (verbose) printOut(`Not writing ${path}; no lines to write\n`);
      continue;
    }
    await writeWhole(path, () => new TextEncoder().encode(logCsv(rows, delimiter)), "table");
    printOut(verbose ? `Wrote ${path}\n` : `${path}: ${counted(rows.length, "row")}\n`);
  }
}

/** A row for JSON, which has no NaN: null stands for it. */
function jsonRow({ iteration, seconds, learningRate, outputs }: LogRow) {
  return { iteration, seconds, learning_rate: learningRate, ...Object.fromEntries(outputs) };
}

interface PlotCommandOptions {
  chart?: number | undefined;
  x?: "iterations" | "seconds" | undefined;
  out?: string | undefined;
}

function plotCommand(): Command {
  return new Command("plot")
    .description("plot losses, accuracies or learning rates of one or several logs (plot_training_log.py)")
    .argument("<logs...>", "logs of caffe train or of crema train --log")
    .option("--chart <n>", "one of the charts below (default: losses and accuracies)", chartNumber)
    .addOption(new Option("--x <axis>", "what the x axis shows").choices(["iterations", "seconds"]))
    .option("--out <file>", "the .svg or .png to write (default: a plot in characters)")
    .addHelpText("after", `\nCharts:\n${CHARTS.map((name, i) => `  ${i}: ${name}`).join("\n")}`)
    .action(runPlot);
}

async function runPlot(files: string[], { chart, x, out }: PlotCommandOptions): Promise<void> {
  const format = out === undefined ? undefined : extname(out).toLowerCase();
  if (format !== undefined && format !== ".svg" && format !== ".png") {
    throw new CremaError(`Expected a file .svg or .png to plot to but found '${out}'`);
  }
  if (out !== undefined) checkDestination(out, "plot");
  const logs: NamedLog[] = [];
  for (const file of files) logs.push({ name: basename(file), ...await readLog(file) });
  const plot = logPlot(logs, { chart, seconds: x === "seconds" });
  if (out === undefined) return printOut(`${plotText(plot)}\n`);
  const svg = new TextEncoder().encode(plotSvg(plot));
  const bytes = format === ".svg" ? svg : await (await import("sharp")).default(svg).png().toBuffer();
  await writeWhole(out, () => bytes, "plot");
  printError(`${out}\n`);
}

async function readLog(file: string) {
  const bytes = await readBytes(file, "a log");
  // The year is not in the log: it is that of the file.
  const year = (await Deno.stat(file)).mtime?.getFullYear();
  return parseCaffeLog(new TextDecoder().decode(bytes), { file, year });
}

function chartNumber(text: string): number {
  if (/^[0-7]$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`Expected the number of a chart, 0 to 7, but found '${text}'.`);
}
