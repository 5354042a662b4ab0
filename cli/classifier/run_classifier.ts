import { type Command, Option } from "commander";
import { checkClassNames } from "../../base/check_class_names.ts";
import { CremaError } from "../../base/mod.ts";
import { type InputFormat, type NetworkInput, readNetworkInput } from "../../data/mod.ts";
import type { Predictor } from "../../net/mod.ts";
import { list, positiveInteger } from "../options/option_values.ts";
import { printOut } from "../output/print.ts";
import type { ClassifySettings } from "./classify_settings.ts";
import { batchedClassifier } from "./batched_classifier.ts";
import { serveClassifier } from "./serve_classifier.ts";
import { inputFiles } from "./input_files.ts";
import { LeftOut } from "./left_out.ts";
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
  skipBadImages?: boolean | undefined;
}

/** Names of classes, and the file that says them. */
export type ClassLabels = Pick<ClassifySettings, "labels" | "labelsFile">;

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
    .option("--skip-bad-images", "leave out inputs that can't be read, and say how many, without an error")
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
  { labels, labelsFile }: ClassLabels,
  options: RunOptions,
): Promise<void> {
  const { top, format, oversample = false, serve, allowHost: allowHosts } = options;
  if (labels.length > 0) checkClassNames(labels.length, predictor.classes, labelsFile);
  if (serve !== undefined) {
    if (files.length > 0) throw new CremaError(`Expected no files with --serve but found '${files[0]}'`);
    const classify = batchedClassifier(predictor, { format, top, labels, oversample });
    return await serveClassifier(classify, serve, { allowHosts });
  }
  if (allowHosts !== undefined) throw new CremaError("Expected --serve with --allow-host but found none");
  const read = async (bytes: Uint8Array, name: string) =>
    await readNetworkInput(bytes, { shape: predictor.inputShape, format, name });
  // In the JSON, which has no names, null stands for what can't be read.
  const examples: NamedTop[] = [], json: (readonly TopScore[] | null)[] = [];
  const add = (name: string, input: NetworkInput) => {
    const tops = topScores(predictor.predict(input, { oversample }), top, labels);
    for (const [i, top] of tops.entries()) {
      examples.push({ name: tops.length === 1 ? name : `${name}, example ${i}`, top });
      json.push(top);
    }
  };
  if (files.length === 0) add("standard input", await read(await standardInput(), "standard input"));
  const inputs = await inputFiles(files),
    leftOut = new LeftOut(inputs.length, options.skipBadImages ?? false);
  for (const file of inputs) {
    const input = await leftOut.orNone(file, async () => await read(await readBytes(file), file));
    if (input === undefined) json.push(null);
    else add(file, input);
  }
  if (examples.length > 0) {
    printOut(
      options.json
        ? `${JSON.stringify(json)}\n`
        : options.csv
        ? topScoresCsv(examples)
        : topScoresText(examples),
    );
  }
  leftOut.finish();
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
