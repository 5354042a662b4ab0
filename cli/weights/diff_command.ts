import { Command, InvalidArgumentError } from "commander";
import { CremaError } from "../../base/mod.ts";
import { compareWeights, type WeightsDifference } from "../../net/mod.ts";
import { number } from "../options/option_values.ts";
import { printOut } from "../output/print.ts";
import { tableText } from "../output/table_text.ts";
import { finite, numberText } from "./number_text.ts";
import { addRenameOption, readRenamed, type RenameOptions } from "./read_renamed.ts";

interface DiffOptions extends RenameOptions {
  tolerance: number;
  json?: boolean | undefined;
}

/** `crema weights diff`: compares the weights in two files. */
export function diffCommand(): Command {
  const command = new Command("diff")
    .description("compare weights, in whatever formats; the exit status is 1 when they differ")
    .argument("<first>", "a file .caffemodel, .h5, .safetensors, .npz or .onnx")
    .argument("<second>", "another one")
    .option("--tolerance <difference>", "how far values may be apart", tolerance, 0)
    .option("--json", "print one JSON object");
  return addRenameOption(command, "parameters of the first file").action(runDiff);
}

function tolerance(text: string): number {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError(`Expected a number from 0 on but found ${text}.`);
  return value;
}

async function runDiff(first: string, second: string, options: DiffOptions): Promise<void> {
  const difference = compareWeights(await readRenamed(first, options), await readRenamed(second));
  const { onlyFirst, onlySecond, shapes, parameters } = difference;
  const beyond = parameters.filter(({ absolute }) => absolute > options.tolerance);
  const count = onlyFirst.length + onlySecond.length + shapes.length + beyond.length;
  printOut(
    options.json
      ? `${JSON.stringify(jsonOf(difference, count === 0))}\n`
      : differenceText(difference, { first, second, beyond: beyond.length }),
  );
  if (count === 0) return;
  const allowed = options.tolerance === 0 ? "equal weights" : `weights within ${options.tolerance}`;
  throw new CremaError(
    `Expected ${allowed} in ${first} and ${second} but found ${count} difference${count === 1 ? "" : "s"}`,
  );
}

function jsonOf({ onlyFirst, onlySecond, shapes, parameters }: WeightsDifference, equal: boolean) {
  return {
    equal,
    only_first: onlyFirst,
    only_second: onlySecond,
    shapes,
    parameters: parameters.map(({ absolute, relative, ...rest }) => ({
      ...rest,
      absolute: finite(absolute),
      relative: finite(relative),
    })),
  };
}

function differenceText(
  { onlyFirst, onlySecond, shapes, parameters }: WeightsDifference,
  { first, second, beyond }: { first: string; second: string; beyond: number },
): string {
  const shape = (axes: readonly number[]) => `(${axes.join(", ")})`;
  const differing = parameters.filter((each) => each.differing > 0);
  const rows = differing.map(({ name, absolute, relative, differing: values, count }) => [
    name,
    numberText(absolute),
    numberText(relative),
    `${values.toLocaleString("en")} of ${count.toLocaleString("en")}`,
  ]);
  const table = tableText([
    { title: "parameter" },
    { title: "absolute", align: "right" },
    { title: "relative", align: "right" },
    { title: "values that differ", align: "right" },
  ], rows);
  return [
    ...onlyFirst.length === 0 ? [] : [`Only in ${first}: ${onlyFirst.join(", ")}\n`],
    ...onlySecond.length === 0 ? [] : [`Only in ${second}: ${onlySecond.join(", ")}\n`],
    ...shapes.map(({ name, first: one, second: other }) =>
      `${name}: shape ${shape(one)} in ${first}, ${shape(other)} in ${second}\n`
    ),
    ...rows.length === 0 ? [] : [table],
    `${parameters.length - differing.length} equal, ${differing.length} differing` +
    (differing.length === beyond ? "" : `, of which ${beyond} by more than the tolerance`) + "\n",
  ].join("");
}
