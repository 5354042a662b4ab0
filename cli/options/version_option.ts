import { type Command, CommanderError } from "commander";
import { CremaError } from "../../base/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { Engine } from "../../ffi/mod.ts";
import { printOut } from "../output/print.ts";

/** Adds `--version`, which prints the versions of Crema, of the engine and its libraries, and of Deno. */
export function addVersionOption(command: Command): Command {
  return command.option("-v, --version", "print the versions of Crema, its engine and Deno")
    .on("option:version", () => {
      printOut(versionText());
      throw new CommanderError(0, "commander.version", "");
    });
}

/** One line each for Crema, the engine and Deno. */
export function versionText(): string {
  const { deno, v8, typescript } = Deno.version;
  return [
    `crema ${config.version}`,
    engineText(),
    `deno ${deno} (v8 ${v8}, typescript ${typescript})`,
    "",
  ].join("\n");
}

function engineText(): string {
  try {
    const { name, version } = Engine.open();
    return `engine ${name} (${version})`;
  } catch (error) {
    if (!(error instanceof CremaError)) throw error;
    return `engine: none. ${error.message}`;
  }
}
