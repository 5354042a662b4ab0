import { type Command, Option } from "commander";
import { CremaError } from "../../base/mod.ts";
import { type InputFormat, readNetworkInput } from "../../data/mod.ts";
import type { Predictor } from "../../net/mod.ts";
import { positiveInteger } from "../options/option_values.ts";
import { printOut } from "../output/print.ts";
import { serveClassifier } from "./serve_classifier.ts";
import { type Classify, type TopScore, topScores, topScoresText } from "./top_scores.ts";

/** How a classifier gets its input, and how it answers. */
export interface RunOptions {
  top: number;
  format: InputFormat;
  json?: boolean | undefined;
  oversample?: boolean | undefined;
  serve?: string | true | undefined;
}

/** Adds the options of {@link RunOptions}. */
export function addRunOptions(command: Command): Command {
  return command
    .option("--top <k>", "classes to print for each example", positiveInteger, 5)
    .addOption(
      new Option("--format <format>", "format of the input").choices(["auto", "image", "idx", "raw"])
        .default("auto"),
    )
    .option("--json", "print JSON")
    .option("--oversample", "take the mean of ten crops of each image instead of its centre")
    .option(
      "--serve [address]",
      "answer HTTP requests instead (default: 127.0.0.1:8080; a port alone will do)",
    );
}

/** Classifies files, or standard input, and prints the scores; or answers HTTP requests until it is stopped. */
export async function runClassifier(
  predictor: Predictor,
  files: readonly string[],
  labels: readonly string[],
  options: RunOptions,
): Promise<void> {
  const classify: Classify = async (bytes, name, { top = options.top } = {}) => {
    const input = await readNetworkInput(bytes, {
      shape: predictor.inputShape,
      format: options.format,
      name,
    });
    return topScores(
      predictor.predict(input, { oversample: options.oversample ?? false }),
      top,
      labels,
    );
  };
  if (options.serve !== undefined) return await serveClassifier(classify, options.serve);
  const tops: TopScore[][] = [];
  if (files.length === 0) tops.push(...await classify(await standardInput(), "standard input"));
  for (const file of files) tops.push(...await classify(await readBytes(file), file));
  printOut(options.json ? `${JSON.stringify(tops)}\n` : topScoresText(tops));
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
