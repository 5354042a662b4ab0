import { basename, extname, join } from "node:path";
import type { SolverParameter } from "../messages.ts";
import { assignSolver, parseAssignments } from "./assignments.ts";
import { copyLocation } from "../text/location.ts";
import { parseText } from "../text/parse_text.ts";
import { upgradeSolver } from "../upgrade/upgrade_solver.ts";
import type { UpgradeOptions } from "../upgrade/upgrade_warning.ts";
import { readMessage, type ReadOptions } from "./read_message.ts";

/** Reads a solver from text and upgrades it. `file` is for error messages and `locationOf`. */
export function solverFromText(text: string, file?: string, options: UpgradeOptions = {}): SolverParameter {
  return upgradeSolver(parseText("SolverParameter", text, { file }), options);
}

/**
 * Reads a solver from a file, upgrades it and completes its snapshot_prefix as Caffe does: if there is none,
 * it becomes the solver's path without its extension; if it is a directory, the solver's name in that
 * directory. Throws a CremaError that names the file and the line.
 */
export async function readSolver(path: string, options: ReadOptions = {}): Promise<SolverParameter> {
  const message = await readMessage("SolverParameter", path, "a solver file", options);
  const set = parseAssignments(options.set ?? [], "solver");
  const solver = upgradeSolver(assignSolver(message, set), options);
  const prefix = await completePrefix(solver.snapshot_prefix, path);
  return copyLocation(solver, { ...solver, snapshot_prefix: prefix });
}

async function completePrefix(prefix: string | undefined, path: string): Promise<string> {
  if (prefix === undefined || prefix === "") return path.slice(0, path.length - extname(path).length);
  const isDirectory = await Deno.stat(prefix).then((info) => info.isDirectory, () => false);
  return isDirectory ? join(prefix, basename(path, extname(path))) : prefix;
}
