import { type Command, Option } from "commander";
import { CremaError } from "../../base/mod.ts";
import { type InputFormat, readNetworkInput } from "../../data/mod.ts";
import type { Predictor } from "../../net/mod.ts";
import { list, positiveInteger } from "../options/option_values.ts";
import { printOut } from "../output/print.ts";
import { batchedClassifier } from "./batched_classifier.ts";
import { serveClassifier } from "./serve_classifier.ts";
import { inputFiles } from "./input_files.ts";
import { type NamedTop, type TopScore, topScores, topScoresCsv, topScoresText } from "./top_scores.ts";

/** How a classifier gets its input, and how it answers. */
export interface RunOptions {
  top: number;
  format: InputFormat;
  csv?: boolean | undefined;
  json?: boolean | undefined;
  oversample?: boolean | undefined;
  serve?: string | true | undefined;
  allowHost?: string[] | undefined;
}

/** Adds the options of {@link RunOptions}. */
export function addRunOptions(command: Command): Command {
  return command
    .option("--top <k>", "classes to print for each example", positiveInteger, 5)
    .addOption(
      new Option("--format <format>", "format of the input").choices(["auto", "image", "idx", "npy", "raw"])
        .default("auto"),
    )
    .addOption(new Option("--csv", "print CSV: a line for each example").conflicts("json"))
    .option("--json", "print JSON")
    .option("--oversample", "take the mean of ten crops of each image instead of its centre")
    .option(
      "--serve [address]",
      "answer HTTP requests instead (default: 127.0.0.1:8080; a port alone will do)",
    )
    .option(
      "--allow-host <names>",
      "with --serve: more names that requests may call it by, separated by commas; * allows any",
      list,
    );
}

/** Classifies files, or standard input, and prints the scores; or answers HTTP requests until it is stopped. */
export async function runClassifier(
  predictor: Predictor,
  files: readonly string[],
  labels: readonly string[],
  options: RunOptions,
): Promise<void> {
  const { top, format, oversample = false, serve, allowHost: allowHosts } = options;
  checkLabels(predictor, labels);
  if (serve !== undefined) {
    if (files.length > 0) throw new CremaError(`Expected no files with --serve but found '${files[0]}'`);
    const classify = batchedClassifier(predictor, { format, top, labels, oversample });
    return await serveClassifier(classify, serve, { allowHosts });
  }
  if (allowHosts !== undefined) throw new CremaError("Expected --serve with --allow-host but found none");
  const classify = async (bytes: Uint8Array, name: string) => {
    const input = await readNetworkInput(bytes, { shape: predictor.inputShape, format, name });
    return topScores(predictor.predict(input, { oversample }), top, labels);
  };
  const examples: NamedTop[] = [];
  const add = (name: string, tops: readonly TopScore[][]) => {
    for (const [i, top] of tops.entries()) {
      examples.push({ name: tops.length === 1 ? name : `${name}, example ${i}`, top });
    }
  };
  if (files.length === 0) add("standard input", await classify(await standardInput(), "standard input"));
  for (const file of await inputFiles(files)) add(file, await classify(await readBytes(file), file));
  printOut(
    options.json
      ? `${JSON.stringify(examples.map(({ top }) => top))}\n`
      : options.csv
      ? topScoresCsv(examples)
      : topScoresText(examples),
  );
}

/** Throws a CremaError unless there is a name for each class, or none at all. */
function checkLabels(predictor: Predictor, labels: readonly string[]): void {
  const { classes } = predictor;
  if (labels.length === 0 || labels.length === classes) return;
  throw new CremaError(
    `Expected ${classes} names of classes, one per output of the net, but found ${labels.length}`,
    {
      hint: "Are they those of another net?",
    },
  );
}

async function standardInput(): Promise<Uint8Array> {
  if (Deno.stdin.isTerminal()) {
    throw new CremaError(
      "Expected an image, an IDX file or raw float32 values on standard input but found a terminal",
      {
        hint: "Redirect a file into it: `… < digit.png`.",
      },
    );
  }
  return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    const denied = cause instanceof Deno.errors.NotCapable;
    const found = denied
      ? "that this program may not read files"
      : cause instanceof Deno.errors.NotFound
      ? "no such file"
      : (cause as Error).message;
    throw new CremaError(`Expected to read an input but found ${found}`, {
      file: path,
      cause,
      hint: denied ? `Give it on standard input (\`… < ${path}\`), or compile with --allow-read.` : undefined,
    });
  }
}
