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
import { writeWhole } from "../base/write_whole.ts";
import { registerLayers } from "../script/layer/registered_layers.ts";
import { findNetworks, type Network } from "./corpus/find_networks.ts";
import { writeMadeUpFiles } from "./corpus/made_up_files.ts";
import { type Outcome, reportOf, reportText, type Result } from "./corpus/report.ts";
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

/** Ticks per second of the times in /proc: USER_HZ, which is 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** A process that takes this many times its seconds by the clock counts as hanging. */
const HANGING = 10;

/** How to run each network. */
interface RunOptions {
  readonly layers: readonly string[];
  readonly compare: boolean;
  /** The folder of made-up files. */
  readonly files: string;
}

interface Limits {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Runs the networks below a folder. Throws a CremaError when an option makes no sense, before it runs any. */
async function runCorpus(folder: string, options: CorpusOptions): Promise<void> {
  const { json, again, layers, only } = options;
  const limits = { seconds: options.seconds, megabytes: options.memory };
  await isFolder(folder);
  if (json !== undefined) await isFolder(dirname(json));
  const before = again === undefined ? new Map<string, Outcome>() : await outcomesThatRan(again);
  await registerLayers(layers, [], { locks: [], cache: "use" });
  const { networks: all, others } = await findNetworks(folder);
  const networks = all.filter(({ path }) => path.includes(only));
  if (networks.length === 0) {
    const found = all.length === 0 ? "none" : `none of ${all.length} with '${only}' in its path`;
    throw new CremaError(`Expected prototxts with layers below ${folder} but found ${found}`);
  }
  if (others > 0) console.error(`${others} other prototxts have no layers, or are copies or solvers`);
  const outcomes: Outcome[] = new Array(networks.length);
  const files = await Deno.makeTempDir({ prefix: "crema_corpus_" });
  await writeMadeUpFiles(files);
  let started = 0, done = 0;
  const work = async () => {
    while (started < networks.length) {
      const at = started++;
      const network: Network = networks[at]!;
      outcomes[at] = before.get(network.path) ??
        { ...network, ...await tried(join(folder, network.path), { ...options, files }, limits) };
      done++;
      const { reached, reason = "" } = outcomes[at]!;
      console.error(
        `${done}/${networks.length} ${network.path}: ${reached}${
          reason === "" ? "" : `, ${reason.split("\n")[0]}`
        }`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: options.processes }, work));
  } finally {
    await Deno.remove(files, { recursive: true });
  }
  const report = reportOf(outcomes);
  console.log(reportText(report));
  if (json === undefined) return;
  const text = `${JSON.stringify({ report, outcomes }, undefined, 2)}\n`;
  await writeWhole(json, () => new TextEncoder().encode(text), "outcomes");
}

/** The networks that ran, by path, of a file that `--json` wrote. */
async function outcomesThatRan(file: string): Promise<Map<string, Outcome>> {
  try {
    const { outcomes } = JSON.parse(await Deno.readTextFile(file)) as { outcomes: Outcome[] };
    return new Map(outcomes.filter(({ reached }) => reached === "run").map((one) => [one.path, one]));
  } catch (cause) {
    const message = thrownMessage(cause);
    throw new CremaError(`Expected a file that --json wrote but found: ${message}`, { file, cause });
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

/** Runs one network, and once more with one image if it takes too long or too much memory. */
async function tried(file: string, options: RunOptions, limits: Limits): Promise<Result> {
  const result = await triedWith(file, [], options, limits);
  return result.stopped === true ? await triedWith(file, ["--images", "1"], options, limits) : result;
}

/**
 * Runs one network in a process of its own, which ends when it takes too long or too much memory. Where the system does
 * not say how much processor time it has used, time goes by the clock.
 */
async function triedWith(
  file: string,
  more: readonly string[],
  { layers, compare, files }: RunOptions,
  limits: Limits,
): Promise<Result & { stopped?: boolean }> {
  const script = join(root, "tools", "corpus", "run_network.ts");
  const options = ["--files", files, ...more, ...compare ? ["--compare"] : []];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--config",
      join(root, "deno.json"),
      script,
      ...options,
      file,
      ...layers,
    ],
    env: { NO_COLOR: "1", OMP_NUM_THREADS: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stopped: string | undefined;
  const stop = (why: string) => {
    stopped ??= why;
    try {
      child.kill("SIGKILL");
    } catch {
      // it has just ended
    }
  };
  const began = performance.now();
  const watch = setInterval(() => {
    const clock = (performance.now() - began) / 1000;
    const { seconds = clock, megabytes = 0 } = usedBy(child.pid);
    if (seconds > limits.seconds || clock > HANGING * limits.seconds) stop(`more than ${limits.seconds} s`);
    if (megabytes > limits.megabytes) stop(`more than ${limits.megabytes} MB`);
  }, 250);
  const { stdout, stderr, signal, code } = await child.output();
  clearInterval(watch);
  if (stopped !== undefined) return { reached: "read", reason: stopped, stopped: true };
  const last = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(last) as Result;
  } catch {
    const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    return { reached: "read", reason: `the process ended with ${signal ?? `status ${code}`}: ${said}` };
  }
}

/** The processor time and the memory that a process has used, where the system says. */
function usedBy(pid: number): { seconds?: number; megabytes?: number } {
  try {
    // After the name in parentheses, which may hold spaces: state is the third field of proc_pid_stat(5).
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return {
      seconds: (Number(stat[11]) + Number(stat[12])) / TICKS,
      megabytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024,
    };
  } catch {
    return {};
  }
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
