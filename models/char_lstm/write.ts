/**
 * Writes text with a trained network, character by character:
 *
 * `deno run -A models/char_lstm/write.ts --weights snapshots/char_lstm_iter_1792.caffemodel --length 1000`
 *
 * @module
 */

import { Command, InvalidArgumentError } from "commander";
import { runScript } from "../shared/run_script.ts";
import { CharacterWriter, type WriteOptions } from "./character_writer.ts";

const command = new Command("write.ts")
  .description("Write text with the weights that models/char_lstm/solver.prototxt learned.")
  .requiredOption("--weights <file>", "the caffemodel")
  .option("--prompt <text>", "the text to go on from", "MENENIUS:\n")
  .option("--length <n>", "how many characters to write", number(0, true), 500)
  .option(
    "--temperature <t>",
    "below 1: less daring; 0: always the likeliest character",
    number(0, false),
    0.7,
  )
  .option("--seed <n>", "the same seed writes the same text", number(0, true), 1)
  .action(async ({ weights, ...options }: WriteOptions & { weights: string }) => {
    using writer = await CharacterWriter.open(weights);
    // Whether the prompt can be read is known with the first character.
    let start = options.prompt;
    for (const character of writer.write(options)) {
      await print(start + character);
      start = "";
    }
    await print(`${start}\n`);
  });

/** Reads an option's number, `least` or more. */
function number(least: number, whole: boolean): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= least && value < Infinity && (!whole || Number.isSafeInteger(value))) return value;
    const kind = whole ? "a whole number" : "a number";
    throw new InvalidArgumentError(`Expected ${kind} of ${least} or more but found '${text}'.`);
  };
}

async function print(text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}

if (import.meta.main) await runScript(command);
