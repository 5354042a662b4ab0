import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CremaError, decode, encode, locationOf, type SolverParameter } from "../proto/mod.ts";
import type { SnapshotEvent } from "./events.ts";
import { readWeights } from "./read_weights.ts";
import { checkSnapshotFolder, snapshotFiles, writeSnapshotFiles } from "./snapshot_files.ts";
import type { Trainable } from "./trainable.ts";

/** Whether training with this solver writes a snapshot: every `snapshot` iterations, or after the last. */
function writesSnapshots(param: SolverParameter): boolean {
  return (param.snapshot ?? 0) > 0 || (param.snapshot_after_train ?? true);
}

/**
 * Throws a CremaError when a training with this solver could not write its snapshots: called before training, so that
 * no work is lost. A solver that writes none passes.
 */
export function checkSnapshots(param: SolverParameter): void {
  if (!writesSnapshots(param)) return;
  if (param.snapshot_format === "HDF5") {
    throw new CremaError("Expected snapshot_format to be BINARYPROTO but found HDF5", {
      ...locationOf(param, "snapshot_format"),
      hint: "Snapshots in HDF5 are not written yet; remove the field.",
    });
  }
  try {
    checkSnapshotFolder(snapshotPrefix(param));
  } catch (error) {
    const place = locationOf(param, "snapshot_prefix");
    if (!(error instanceof CremaError) || place === undefined) throw error;
    throw new CremaError(error.reason, { ...place, hint: error.hint, cause: error });
  }
}

/** The prefix of a solver's snapshots. Throws a CremaError when there is none. */
export function snapshotPrefix(param: SolverParameter): string {
  if (param.snapshot_prefix === undefined || param.snapshot_prefix === "") {
    throw new CremaError("Expected a snapshot_prefix but found none", {
      ...locationOf(param, "snapshot"),
      hint: 'Add snapshot_prefix: "some/folder/name" to the solver, or snapshot_after_train: false.',
    });
  }
  return param.snapshot_prefix;
}

/**
 * Writes the model and the state of a solver as `<prefix>_iter_<n>.caffemodel` and `.solverstate`, in Caffe's binary
 * formats, complete or not at all. Throws a CremaError when they cannot be written.
 */
export function writeSnapshot(solver: Trainable): SnapshotEvent {
  const { param, iteration } = solver;
  const prefix = snapshotPrefix(param);
  const model = solver.net.handle.save(param.snapshot_diff ?? false);
  // Protobuf joins messages by concatenation: the history need not be decoded to add one field.
  const learnedNet = encode("SolverState", { learned_net: snapshotFiles(prefix, iteration).model });
  const state = solver.saveState();
  const whole = new Uint8Array(state.length + learnedNet.length);
  whole.set(state);
  whole.set(learnedNet, state.length);
  const files = writeSnapshotFiles(prefix, iteration, model, whole);
  return { type: "snapshot", ...files };
}

/**
 * Goes on from a .solverstate: takes the weights that it names (`learned_net`, sought as named, then beside the state),
 * the iteration, the history and the random generators. Throws a CremaError when a file is missing, broken or of
 * another net; the solver is then not to be used further.
 */
export async function restoreSnapshot(solver: Trainable, path: string): Promise<void> {
  if (/\.h5$/i.test(path)) {
    throw new CremaError("Expected a .solverstate but found an HDF5 snapshot", {
      file: path,
      hint: "Snapshots in HDF5 are not read yet; write them with snapshot_format: BINARYPROTO.",
    });
  }
  const bytes = await readFile(path, "solver state");
  const state = decode("SolverState", bytes, { file: path });
  if (state.iter === undefined) {
    throw new CremaError("Expected a solver state but found no iteration in it", {
      file: path,
      hint: "Weights alone (.caffemodel) are given with --weights.",
    });
  }
  if (state.learned_net !== undefined && state.learned_net !== "") {
    solver.net.handle.copyFrom(await readLearnedNet(state.learned_net, path));
  }
  solver.restoreState(bytes);
}

async function readLearnedNet(model: string, state: string): Promise<Uint8Array> {
  const beside = join(dirname(state), basename(model));
  for (const candidate of new Set([model, beside])) {
    if (existsSync(candidate)) return await readWeights(candidate);
  }
  throw new CremaError(`Expected the weights '${model}' of this state but found no such file`, {
    file: state,
    hint: `They were also sought at '${beside}'.`,
  });
}

async function readFile(path: string, what: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "no such file" : (cause as Error).message;
    throw new CremaError(`Expected a ${what} but found ${found}`, { file: path, cause });
  }
}
