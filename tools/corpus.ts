/**
 * `deno task corpus DIR`: what becomes of all networks below a folder. Each is read, gets made-up data in the place of
 * its data layers, is built and run forward, and backward if it has a loss, in a process of its own.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { parseArgs } from "node:util";
import { findNetworks, type Network } from "./corpus/find_networks.ts";
import { type Outcome, reportOf, reportText, type Result } from "./corpus/report.ts";
import { root } from "./root.ts";

const USAGE = `usage: deno task corpus DIR [options]

  --processes N   networks at once (2)
  --seconds N     time for each (120)
  --memory N      megabytes for each (3000)
  --layers M      a module of layers, more than once if need be
  --only TEXT     only networks with this in their path
  --json FILE     write the outcome of each network`;

interface Limits {
  readonly seconds: number;
  readonly megabytes: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      processes: { type: "string", default: "2" },
      seconds: { type: "string", default: "120" },
      memory: { type: "string", default: "3000" },
      layers: { type: "string", multiple: true, default: [] },
      only: { type: "string", default: "" },
      json: { type: "string" },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) {
    console.error(USAGE);
    Deno.exit(2);
  }
  const limits = { seconds: positive(values.seconds), megabytes: positive(values.memory) };
  const networks = (await findNetworks(folder)).filter(({ path }) => path.includes(values.only));
  const outcomes: Outcome[] = new Array(networks.length);
  let started = 0, done = 0;
  const work = async () => {
    while (started < networks.length) {
      const at = started++;
      const network: Network = networks[at]!;
      outcomes[at] = { ...network, ...await tried(join(folder, network.path), values.layers, limits) };
      done++;
      const { reached, reason = "" } = outcomes[at]!;
      console.error(
        `${done}/${networks.length} ${network.path}: ${reached}${
          reason === "" ? "" : `, ${reason.split("\n")[0]}`
        }`,
      );
    }
  };
  await Promise.all(Array.from({ length: positive(values.processes) }, work));
  if (values.json !== undefined) {
    const report = reportOf(outcomes);
    await Deno.writeTextFile(values.json, `${JSON.stringify({ report, outcomes }, undefined, 2)}\n`);
  }
  console.log(reportText(reportOf(outcomes)));
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`Expected a positive integer but found '${text}'\n\n${USAGE}`);
  Deno.exit(2);
}

/** Runs one network in a process of its own, which ends when it takes too long or too much memory. */
async function tried(file: string, layers: readonly string[], limits: Limits): Promise<Result> {
  const script = join(root, "tools", "corpus", "run_network.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", join(root, "deno.json"), script, file, ...layers],
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
  const timer = setTimeout(() => stop(`more than ${limits.seconds} s`), limits.seconds * 1000);
  const watch = setInterval(() => {
    if (megabytesOf(child.pid) > limits.megabytes) stop(`more than ${limits.megabytes} MB`);
  }, 250);
  const { stdout, stderr, signal, code } = await child.output();
  clearTimeout(timer);
  clearInterval(watch);
  if (stopped !== undefined) return { reached: "read", reason: stopped };
  const last = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(last) as Result;
  } catch {
    const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    return { reached: "read", reason: `the process ended with ${signal ?? `status ${code}`}: ${said}` };
  }
}

/** The memory of a process; 0 where the system does not say. */
function megabytesOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

if (import.meta.main) await main();
