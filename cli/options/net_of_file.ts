import { CremaError } from "../../base/mod.ts";
import { resolveSource } from "../../data/sources/source_path.ts";
import { type NetParameter, readNet, readSolver, solverNets, type SolverParameter } from "../../proto/mod.ts";

/**
 * Reads a file that is a net's or a solver's. Throws a CremaError, that of the reader which got further, when it is
 * neither.
 */
export async function readNetOrSolver(
  file: string,
): Promise<{ net: NetParameter; solver?: undefined } | { net?: undefined; solver: SolverParameter }> {
  let reason: unknown;
  try {
    return { net: await readNet(file) };
  } catch (error) {
    if (!(error instanceof CremaError)) throw error;
    reason = error;
  }
  try {
    return { solver: await readSolver(file) };
  } catch (error) {
    const line = (each: unknown) => each instanceof CremaError ? each.line ?? 0 : 0;
    throw line(error) > line(reason) ? error : reason;
  }
}

/** The net in a file, or that of a solver: its train net, or its first test net for the phase TEST. */
export async function readNetOf(file: string, phase: "TRAIN" | "TEST"): Promise<NetParameter> {
  const { net, solver } = await readNetOrSolver(file);
  if (net !== undefined) return net;
  const { train, tests } = await solverNets(solver, {
    readNet: (path) => readNet(resolveSource(path, file)),
  });
  if (phase === "TRAIN") return train;
  const [test] = tests;
  if (test !== undefined) return test;
  throw new CremaError("Expected a solver with a test net but found none", {
    file,
    hint: "Give the net's own prototxt, or --phase TRAIN.",
  });
}
