import { type Command, Option } from "commander";
import { CremaError } from "../../base/mod.ts";
import { type Backend, BACKENDS } from "../../data/mod.ts";
import { ProgressLine } from "../output/progress_line.ts";

/** What the conversions tell and are stopped by. */
export interface Conversion {
  line: ProgressLine;
  signal: AbortSignal;
}

/** Runs a conversion with a line for its progress; Ctrl-C and SIGTERM end it with nothing left behind. */
export async function runConversion(convert: (conversion: Conversion) => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const interrupt = () => abort.abort(new CremaError("Expected to write the dataset but was interrupted"));
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  using line = new ProgressLine();
  try {
    await convert({ line, signal: abort.signal });
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

/** Adds `--backend`. */
export function addBackendOption(command: Command, usual: Backend = "lmdb"): Command {
  return command.addOption(
    new Option("--backend <backend>", "the kind of database").choices([...BACKENDS]).default(usual),
  );
}
