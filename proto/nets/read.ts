import { basename, extname, join } from "node:path";
import { decode } from "../codec/binary.ts";
import { CremaError } from "../../base/error.ts";
import { copyLocation } from "../text/location.ts";
import type { NetParameter, SolverParameter } from "../messages.ts";
import { readBytes } from "../../base/read_bytes.ts";
import { parseText } from "../text/text.ts";
import { upgradeNet } from "../upgrade/upgrade.ts";
import { upgradeSolver } from "../upgrade/upgrade_solver.ts";
import type { UpgradeOptions } from "../upgrade/upgrade_warning.ts";

/** How to read a file. */
export interface ReadOptions extends UpgradeOptions {
  /** Form of the file. By default .caffemodel, .binaryproto, .binaryprotobuf, .pb and .solverstate are binary. */
  format?: "text" | "binary" | undefined;
}

const BINARY = new Set([".caffemodel", ".binaryproto", ".binaryprotobuf", ".pb", ".solverstate"]);

/** The format that the extension of a path stands for. */
function formatOf(path: string): "text" | "binary" {
  return BINARY.has(extname(path).toLowerCase()) ? "binary" : "text";
}

/**
 * Reads a net from text and upgrades it. `file` is for error messages and `locationOf`.
 *
 * ```ts
 * import { netFromText } from "./read.ts";
 * import assert from "node:assert/strict";
 *
 * const net = netFromText('layers { name: "r" type: RELU }', "old.prototxt");
 * assert.equal(net.layer![0]!.type, "ReLU");
 * ```
 */
export function netFromText(text: string, file?: string, options: UpgradeOptions = {}): NetParameter {
  return upgradeNet(parseText("NetParameter", text, { file }), options);
}

/** Reads a solver from text and upgrades it. `file` is for error messages and `locationOf`. */
export function solverFromText(text: string, file?: string, options: UpgradeOptions = {}): SolverParameter {
  return upgradeSolver(parseText("SolverParameter", text, { file }), options);
}

/**
 * Reads a net from a file, text (.prototxt) or binary (.caffemodel), and upgrades it. Throws a CremaError that names
 * the file, and for text the line.
 */
export async function readNet(path: string, options: ReadOptions = {}): Promise<NetParameter> {
  const bytes = await readBytes(path, "a net file");
  if ((options.format ?? formatOf(path)) === "text") {
    return netFromText(decodeText(bytes, path), path, options);
  }
  return upgradeNet(decode("NetParameter", bytes, { file: path }), options);
}

/**
 * Reads a solver from a prototxt, upgrades it and completes its snapshot_prefix as Caffe does: without one, the path
 * of the solver without its extension; with a directory, the solver's name in that directory. Throws a CremaError that
 * names the file and the line.
 */
export async function readSolver(path: string, options: ReadOptions = {}): Promise<SolverParameter> {
  const bytes = await readBytes(path, "a solver file");
  const solver = (options.format ?? formatOf(path)) === "text"
    ? solverFromText(decodeText(bytes, path), path, options)
    : upgradeSolver(decode("SolverParameter", bytes, { file: path }), options);
  const prefix = await completePrefix(solver.snapshot_prefix, path);
  return copyLocation(solver, { ...solver, snapshot_prefix: prefix });
}

function decodeText(bytes: Uint8Array, path: string): string {
  if (bytes.subarray(0, 4096).includes(0)) {
    throw new CremaError("Expected a prototxt but found binary data", {
      file: path,
      hint: "Weights are given apart from the net, with --weights.",
    });
  }
  return new TextDecoder().decode(bytes);
}

async function completePrefix(prefix: string | undefined, path: string): Promise<string> {
  if (prefix === undefined || prefix === "") return path.slice(0, path.length - extname(path).length);
  const isDirectory = await Deno.stat(prefix).then((info) => info.isDirectory, () => false);
  return isDirectory ? join(prefix, basename(path, extname(path))) : prefix;
}
