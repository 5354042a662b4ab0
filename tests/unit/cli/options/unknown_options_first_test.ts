import assert from "node:assert/strict";
import { Command } from "commander";
import { unknownOptionsFirst } from "../../../../cli/options/unknown_options_first.ts";

const make = () =>
  new Command("x").exitOverride().requiredOption("--weights <file>", "").option(
    "--seed <n>",
    "",
    (text) => Number(text),
  ).argument("[net]");

/** The first line that the command says to arguments. */
function said(...args: string[]): string {
  let text = "";
  const command = make().configureOutput({ writeErr: (line) => void (text += line) })
    .showSuggestionAfterError();
  unknownOptionsFirst(command, make(), args);
  try {
    command.parse(args, { from: "user" });
  } catch {
    return text;
  }
  return JSON.stringify(command.opts());
}

Deno.test("an unknown option is named before the missing one that it was meant to be", () => {
  assert.match(said("--wieghts", "a"), /^error: unknown option '--wieghts'\n\(Did you mean --weights\?\)/);
  assert.match(said("net.prototxt"), /^error: required option '--weights <file>' not specified/);
  assert.match(said("--", "--wieghts"), /^error: required option/);
  assert.equal(said("--weights", "a", "--seed", "3"), '{"weights":"a","seed":3}');
});
