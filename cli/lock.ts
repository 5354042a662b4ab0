import { counted } from "../base/counted.ts";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { CremaError } from "../base/mod.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import {
  assignNets,
  assignSolver,
  locationOf,
  type NetParameter,
  parseAssignments,
  readNet,
  solverNets,
} from "../proto/mod.ts";
import {
  type HiddenImport,
  lockDifferences,
  type LockFile,
  lockNet,
  lockPath,
  mergeLocks,
  readLock,
  writeLock,
} from "../script/mod.ts";
import {
  addModuleOptions,
  addSetOption,
  moduleCache,
  type NetCommandOptions,
} from "./options/net_command_options.ts";
import { readNetOrSolver } from "./options/net_of_file.ts";
import { printError, printOut } from "./output/print.ts";

interface LockCommandOptions
  extends Pick<NetCommandOptions, "layerPath" | "layers" | "reload" | "cachedOnly" | "set"> {
  check?: boolean | undefined;
}

/** `crema lock`: pins the modules of nets. */
export function lockCommand(): Command {
  return addModuleOptions(addSetOption(
    new Command("lock")
      .description("write the hashes of all modules that a net's layers import to crema.lock beside it")
      .argument("<file>", "a net's prototxt, or a solver's, for all its nets")
      .option("--check", "write nothing; print how the modules differ from crema.lock"),
  )).action(async (file: string, options: LockCommandOptions) => await runLock(file, options));
}

async function runLock(file: string, options: LockCommandOptions): Promise<void> {
  const differences: string[] = [], warnings = new Set<string>();
  for (const [path, nets] of await netsByLock(file, options.set)) {
    const before = await readLock(path);
    if (before === undefined && options.check) {
      throw new CremaError(`Expected a lock file at ${path} but found none`, {
        hint: `Run \`crema lock ${file}\`.`,
      });
    }
    let found: LockFile = { version: 1, modules: {}, packages: {}, nets: {} };
    for (const [prototxt, net] of nets) {
      const cache = moduleCache(options);
      const onHidden = (hidden: HiddenImport) => void warnings.add(hiddenWarning(hidden));
      const one = await lockNet(net, prototxt, path, { ...options, cache, onHidden });
      found = mergeLocks(found, one);
    }
    if (options.check) {
      differences.push(...lockDifferences(before!, found).map((difference) => `${path}: ${difference}`));
    } else await writeLock(path, mergeLocks(before, found));
    const names = Object.keys(found.nets).join(", ");
    const count = (record: object, what: string) => counted(Object.keys(record).length, what);
    if (differences.length === 0) {
      printOut(
        `${path}: ${count(found.modules, "module")}, ${count(found.packages, "package")} of ${names}\n`,
      );
    }
  }
  for (const warning of warnings) printError(warning);
  if (differences.length === 0) return;
  const last = differences.pop()!;
  for (const difference of differences) printError(`${difference}\n`);
  throw new CremaError(last, {
    hint: `Look at what changed; if you trust it, run \`crema lock ${file}\` again.`,
  });
}

/** What to know about a place that loads modules which are in no lock file. */
function hiddenWarning({ url, line, column, what }: HiddenImport): string {
  const found = what === "Worker" ? "a Worker" : "import(…) of a computed name";
  return `warning: ${url.startsWith("file:") ? fileURLToPath(url) : url}:${line}:${column}: ` +
    `Found ${found}: the modules that it loads are neither locked nor checked\n`;
}

/** The nets of a prototxt, a net's or a solver's, by lock file and then by their own prototxt. */
async function netsByLock(
  file: string,
  set: readonly string[] | undefined,
): Promise<Map<string, Map<string, NetParameter>>> {
  const nets = new Map<string, Map<string, NetParameter>>();
  for (const net of await netsOf(file, set)) {
    const prototxt = locationOf(net)?.file ?? file;
    const path = lockPath(prototxt);
    const beside = nets.get(path) ?? new Map<string, NetParameter>();
    const layers = [...beside.get(prototxt)?.layer ?? [], ...net.layer ?? []];
    nets.set(path, beside.set(prototxt, { ...net, layer: layers }));
  }
  return nets;
}

/** The net in a file, with the layers of every phase; or the nets that a solver names. */
async function netsOf(file: string, set: readonly string[] | undefined): Promise<NetParameter[]> {
  const { net, solver } = await readNetOrSolver(file);
  if (net !== undefined) return assignNets([net], parseAssignments(set ?? [], "net"));
  // Nets in files are taken whole, with all phases; nets inside the solver as the solver filters them.
  const read: NetParameter[] = [];
  const assignments = parseAssignments(set ?? [], "solver");
  const { train, tests } = await solverNets(assignSolver(solver, assignments), {
    set,
    readNet: async (path) => {
      const net = await readNet(resolveSource(path, file));
      read.push(net);
      return net;
    },
  });
  return [...assignNets(read, assignments), train, ...tests];
}
