/**
 * `deno task corpus DIR`: what becomes of all networks below a folder. Each is read, gets made-up data in the place of
 * its data layers, is built and run forward, and backward if it has a loss, in a process of its own. With `--compare`,
 * it runs on both engines, which must agree.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { dirname, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { CremaError } from "../base/error.ts";
import { thrownMessage } from "../base/thrown.ts";
import { destinationOf } from "../base/write_whole.ts";
import { registerLayers } from "../script/layer/registered_layers.ts";
import { findNetworks } from "./corpus/find_networks.ts";
import { runLimited } from "./corpus/limited_process.ts";
import { writeMadeUpFiles } from "./corpus/made_up_files.ts";
import { readOutcomesThatRan, writeOutcomes } from "./corpus/outcomes_file.ts";
import { type Outcome, reportOf, reportText } from "./corpus/report.ts";
import { runAll } from "./corpus/run_all.ts";
import { tryNetwork } from "./corpus/try_network.ts";
import { root } from "./root.ts";

const command = new Command("deno task corpus")
  .description("Reads, builds and runs all networks below a folder, and says what fails and why.")
  .argument("<dir>", "the folder")
  .option("--processes <n>", "networks at once", positive, 2)
  .option("--seconds <n>", "processor time for each", positive, 300)
  .option("--memory <n>", "megabytes for each", positive, 8000)
  .option(
    "--layers <module>",
    "a module of layers, more than once if need be",
    (one, all: string[]) => [...all, one],
    [],
  )
  .option("--compare", "run on libcaffe too, and compare losses, outputs and gradients", false)
  .option("--only <text>", "only networks with this in their path", "")
  .option("--json <file>", "write the outcome of each network")
  .option("--again <file>", "take over from such a file what ran, and run the rest")
  .action(runCorpus);

/** What the command line says. */
interface CorpusOptions {
  processes: number;
  seconds: number;
  memory: number;
  layers: string[];
  compare: boolean;
  only: string;
  json?: string;
  again?: string;
}

/** What ends a run early, and the number that is added to 128 for its exit status, as shells do. */
const SIGNALS = [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]] as const;

/**
 * Runs the networks below a folder. A signal ends the run with what is known by then. Throws a CremaError when an option
 * makes no sense, before it runs any.
 */
async function runCorpus(folder: string, options: CorpusOptions): Promise<void> {
  const { json, again, layers, only, compare, processes } = options;
  await isFolder(folder);
  if (json !== undefined) await isWritable(json);
  const before = again === undefined ? new Map<string, Outcome>() : await readOutcomesThatRan(again, compare);
  await registerLayers(layers, [], { locks: [], cache: "use" });
  const { networks: all, others } = await findNetworks(folder);
  const networks = all.filter(({ path }) => path.includes(only));
  if (networks.length === 0) {
    const found = all.length === 0 ? "none" : `none of ${all.length} with '${only}' in its path`;
    throw new CremaError(`Expected prototxts with layers below ${folder} but found ${found}`);
  }
  if (others > 0) console.error(`${others} other prototxts have no layers, or are copies or solvers`);
  const known = new Set(all.map(({ digest }) => digest));
  const gone = [...before.values()].filter(({ digest }) => !known.has(digest));
  if (gone.length > 0) {
    console.error(`${gone.length} networks of ${again} have changed or are gone, such as ${gone[0]!.path}`);
  }
  const stop = new AbortController();
  const listeners = SIGNALS.map(([signal, number]) => {
    const listener = () => {
      Deno.exitCode = 128 + number;
      stop.abort();
    };
    Deno.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  const files = await Deno.makeTempDir({ prefix: "crema_corpus_" });
  let outcomes: Outcome[];
  try {
    await writeMadeUpFiles(files);
    const limits = { seconds: options.seconds, megabytes: options.memory };
    outcomes = await runAll(networks, {
      processes,
      before,
      run: ({ path }) =>
        tryNetwork((more) =>
          runLimited(runArguments(join(folder, path), more, options, files), limits, stop.signal)
        ),
      tell: ({ path, reached, reason }, done) => {
        const why = reason === undefined ? "" : `, ${reason.split("\n")[0]}`;
        console.error(`${done}/${networks.length} ${path}: ${reached}${why}`);
      },
      signal: stop.signal,
    });
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    await Deno.remove(files, { recursive: true });
  }
  if (stop.signal.aborted) {
    const go = json === undefined ? "" : `; --again ${json} goes on from here`;
    console.error(`Stopped after ${outcomes.length} of ${networks.length} networks${go}`);
  }
  const report = reportOf(outcomes);
  console.log(reportText(report));
  if (json !== undefined) await writeOutcomes(json, { compare, report, outcomes });
}

/** The arguments of Deno that run one network. */
function runArguments(
  file: string,
  more: readonly string[],
  { compare, layers }: CorpusOptions,
  files: string,
): string[] {
  const script = join(root, "tools", "corpus", "run_network.ts");
  const deno = ["run", "-A", "--no-check", "--config", join(root, "deno.json"), script];
  return [...deno, "--files", files, ...more, ...compare ? ["--compare"] : [], "--", file, ...layers];
}

/** Throws a CremaError unless a file can be written there: better now than after hours. */
async function isWritable(path: string): Promise<void> {
  if (path === "") throw new CremaError("Expected the path of a file for --json but found an empty one");
  await isFolder(dirname(path));
  const { file } = await destinationOf(path);
  if (file === undefined) return; // a pipe or a device, or a link that the file will be made through
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: dirname(file) }));
  } catch (cause) {
    const message = `Expected a folder to write to but found: ${thrownMessage(cause)}`;
    throw new CremaError(message, { file: dirname(file), cause });
  }
}

async function isFolder(path: string): Promise<void> {
  const { isDirectory } = await Deno.stat(path).catch(() => ({ isDirectory: undefined }));
  if (isDirectory) return;
  throw new CremaError(`Expected a folder but found ${isDirectory === undefined ? "nothing" : "a file"}`, {
    file: path,
  });
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError(`Expected a positive whole number but found '${text}'.`);
}

if (import.meta.main) {
  try {
    await command.parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CremaError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exitCode = 1;
  }
}
