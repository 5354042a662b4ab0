import { existsSync } from "node:fs";
import { join, normalize } from "node:path";
import { Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { RUNS } from "../train/mod.ts";
import { portNumber } from "./options/option_values.ts";
import { printOut } from "./output/print.ts";
import { PageServer } from "./ui/page_server.ts";
import { RunsSite } from "./ui/runs_site.ts";

/** Milliseconds between two looks at the runs' files. */
const INTERVAL = 1000;

/** `crema ui`: a page of the runs in a folder. */
export function uiCommand(): Command {
  return new Command("ui")
    .description("show the runs of crema train --run in the browser, as they grow")
    .argument("[folder]", "the folder of all runs", RUNS)
    .option("--port <port>", "the port to listen on; by default any that is free", portNumber)
    .action((folder: string, options: { port?: number | undefined }) => serveRuns(folder, options.port ?? 0));
}

/** Serves the page until SIGINT or SIGTERM. Throws a CremaError. */
async function serveRuns(folder: string, port: number): Promise<void> {
  checkRuns(folder);
  await using server = new PageServer(new RunsSite(folder), {
    port,
    portHint: "Give --port another, or none for any that is free.",
    interval: INTERVAL,
    staysAlive: true,
  });
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop());
  printOut(`The page of the runs in '${folder}': ${server.url}\n`);
  await stopped;
}

/** Throws a CremaError for a path that is no folder of runs. */
function checkRuns(folder: string): void {
  if (existsSync(join(folder, "run.json"))) {
    throw new CremaError(`Expected the folder of all runs but found one run, '${folder}'`, {
      hint: `Give the folder that it is in: crema ui ${normalize(join(folder, ".."))}`,
    });
  }
  let found = "none";
  try {
    if (Deno.statSync(folder).isDirectory) return;
    found = "a file";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) found = (error as Error).message;
  }
  throw new CremaError(`Expected a folder of runs '${folder}' but found ${found}`, {
    hint: "`crema train --run NAME` makes one.",
  });
}
