import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isHdf5, readHdf5, writeHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadedHdf5, loadHdf5 } from "../data/arrays/load_hdf5.ts";
import { CremaError } from "../base/mod.ts";
import { inFile } from "../base/error.ts";
import { decode, encode, locationOf, type SolverParameter, type SourceState } from "../proto/mod.ts";
import { readBytes } from "../base/read_bytes.ts";
import type { SnapshotEvent } from "./events.ts";
import { extendState } from "./extend_state.ts";
import { hdf5State, readHdf5State } from "./hdf5_state.ts";
import { hdf5Weights } from "../net/hdf5_weights.ts";
import { openWeights } from "../net/read_weights.ts";
import {
  checkSnapshotFolder,
  findNewestSnapshot,
  type NewestSnapshotOptions,
  removeSnapshotFiles,
  type SnapshotContent,
  type SnapshotFiles,
  snapshotFiles,
  type SnapshotKind,
  writeSnapshotFiles,
  writeSnapshotPair,
} from "./snapshot_files.ts";
import { SnapshotLock } from "./snapshot_lock.ts";
import type { Trainable } from "./trainable.ts";
import { counted } from "../base/counted.ts";

/** Whether training with this solver writes snapshots: every `snapshot` iterations, after the last, or of the best. */
export function writesSnapshots(param: SolverParameter): boolean {
  return (param.snapshot ?? 0) > 0 || (param.snapshot_after_train ?? true) || (param.snapshot_best ?? false);
}

/**
 * Throws a CremaError when training with this solver could not write its snapshots. Called before training,
 * so that no work is lost. Does nothing for a solver that writes none.
 */
export function checkSnapshots(param: SolverParameter): void {
  if (!writesSnapshots(param)) return;
  try {
    checkSnapshotFolder(snapshotPrefix(param));
  } catch (error) {
    const place = locationOf(param, "snapshot_prefix");
    if (!(error instanceof CremaError) || place === undefined) throw error;
    throw new CremaError(error.reason, { ...place, hint: error.hint, cause: error });
  }
}

/**
 * Keeps the solver's snapshot prefix for this training, until what is returned is disposed. Throws a CremaError when
 * another training has it. A solver that writes no snapshots needs none.
 */
export function lockSnapshots(param: SolverParameter): Disposable {
  return writesSnapshots(param) ? SnapshotLock.take(snapshotPrefix(param)) : { [Symbol.dispose]() {} };
}

/** The prefix of a solver's snapshot files. Throws a CremaError when it has none. */
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
 * Writes the model and the state of a solver as `<prefix>_iter_<n>.caffemodel` and `.solverstate` in Caffe's
 * binary formats, or as `.caffemodel.h5` and `.solverstate.h5` with `snapshot_format: HDF5`. They are written
 * completely or not at all; then those before the last `snapshot_keep` of this training are removed. The data layers
 * get the positions in `sources`, by default the present ones. The best snapshot has `_best` in place of `_iter_<n>`.
 * Throws a CremaError when they cannot be written.
 */
export function writeSnapshot(
  solver: Trainable,
  sources?: SourceState[],
  kind: SnapshotKind = "iteration",
): SnapshotEvent {
  const { param, iteration, progress } = solver;
  const prefix = snapshotPrefix(param), format = param.snapshot_format ?? "BINARYPROTO";
  const keep = kind === "best" ? 0 : param.snapshot_keep ?? 0;
  // The state says which ones there are, this one included.
  const before = progress.snapshots;
  const all = keep > 0 ? [...before.filter((each) => each !== iteration), iteration] : before;
  if (keep > 0) progress.snapshots = all.slice(-keep);
  const { model: learnedNet } = snapshotFiles(prefix, iteration, format, kind);
  const { model, state } = snapshotBytes(solver, learnedNet, sources);
  let files: SnapshotFiles;
  try {
    files = writeSnapshotFiles(prefix, iteration, model, state, format, kind);
  } catch (error) {
    progress.snapshots = before;
    throw error;
  }
  for (const old of keep > 0 ? all.slice(0, -keep) : []) removeSnapshotFiles(prefix, old);
  return { type: "snapshot", ...files, ...kind === "best" && { best: true } };
}

/**
 * The newest snapshot on disk that belongs to a solver: with its snapshot_prefix, the parameters of its train net, and
 * the history of its type. See `findNewestSnapshot` for which is the newest, and what it throws.
 */
export async function newestSnapshotOf(
  solver: Trainable,
  options: Omit<NewestSnapshotOptions, "misfit"> = {},
): Promise<SnapshotFiles | undefined> {
  const history = decode("SolverState", solver.saveState()).history ?? [];
  const expected = history.map(({ data }) => data?.length ?? 0);
  return await findNewestSnapshot(snapshotPrefix(solver.param), {
    ...options,
    misfit: (content) => misfit(solver, expected, content),
  });
}

function misfit(
  { net, param }: Trainable,
  expected: readonly number[],
  { parameters, history }: SnapshotContent,
): string | undefined {
  // HDF5 has a shared parameter once, with the layer that owns it.
  const owned = new Set(net.handle.learnable.map(({ blob }) => blob));
  for (const { name, params } of net.handle.layers) {
    const found = parameters.get(name);
    for (const [i, blob] of params.entries()) {
      if (!owned.has(blob) || found?.[i] === blob.count) continue;
      const what = found?.[i] === undefined ? "none" : `${found[i]}`;
      return `Expected a snapshot of this net, with ${
        counted(blob.count, "value")
      } in parameter ${i} of layer '${name}', ` +
        `but found ${what}`;
    }
  }
  const names = new Set(net.handle.layers.map(({ name }) => name));
  const other = [...parameters.keys()].find((name) => !names.has(name));
  if (other !== undefined) {
    return `Expected a snapshot of this net but found a layer '${other}', which the net does not have`;
  }
  if (history.length === expected.length && history.every((count, i) => count === expected[i])) {
    return undefined;
  }
  return `Expected a snapshot of a solver of type ${
    param.type ?? "SGD"
  } for this net, with ${expected.length} ` +
    `history blobs, but found ${history.length}`;
}

/**
 * Writes a snapshot as `<stem>.caffemodel` and `<stem>.solverstate` (with `.h5` for `snapshot_format: HDF5`), as
 * {@link writeSnapshot} does, in the place of one that has these names.
 */
export function writeSnapshotAs(solver: Trainable, stem: string): SnapshotFiles {
  const { param, iteration } = solver;
  const end = param.snapshot_format === "HDF5" ? ".h5" : "";
  const files = { iteration, model: `${stem}.caffemodel${end}`, state: `${stem}.solverstate${end}` };
  const { model, state } = snapshotBytes(solver, files.model);
  writeSnapshotPair(files, model, state);
  return files;
}

function snapshotBytes(
  solver: Trainable,
  learnedNet: string,
  sources?: SourceState[],
): SnapshotBytes {
  return solver.param.snapshot_format === "HDF5"
    ? hdf5Bytes(solver, learnedNet, sources)
    : binaryBytes(solver, learnedNet, sources);
}

/** The contents of a snapshot's files. */
interface SnapshotBytes {
  model: Uint8Array;
  state: Uint8Array;
}

function binaryBytes(
  solver: Trainable,
  learnedNet: string,
  sources: SourceState[] | undefined,
): SnapshotBytes {
  const state = extendState(solver.saveState(sources), { learned_net: learnedNet });
  return { model: solver.net.handle.save(solver.param.snapshot_diff ?? false), state };
}

function hdf5Bytes(
  solver: Trainable,
  learnedNet: string,
  sources: SourceState[] | undefined,
): SnapshotBytes {
  const library = loadedHdf5();
  const weights = hdf5Weights(solver.net.handle, solver.param.snapshot_diff ?? false);
  return {
    model: writeHdf5(library, weights),
    state: writeHdf5(library, hdf5State(solver.saveState(sources), learnedNet)),
  };
}

/**
 * Restores a solver from a .solverstate or .solverstate.h5: the weights that it names (`learned_net`, looked
 * up as named, then beside the state, then beside it under the state's own name), the iteration, the history and
 * the random generators. Throws a CremaError when a file is missing, damaged or from another net. Do not use the solver after that.
 */
export async function restoreSnapshot(solver: Trainable, path: string): Promise<void> {
  let bytes = await readBytes(path, "a solver state");
  if (bytes.length === 0) {
    throw new CremaError("Expected a solver state but found an empty file", { file: path });
  }
  if (isHdf5(bytes)) {
    const content = readHdf5(await loadHdf5(), bytes, { file: path });
    bytes = encode("SolverState", readHdf5State(content, path));
  }
  const state = decode("SolverState", bytes, { file: path });
  if (state.iter === undefined) {
    throw new CremaError("Expected a solver state but found no iteration in it", {
      file: path,
      hint: "Pass weights alone (.caffemodel) with --weights.",
    });
  }
  if (state.learned_net !== undefined && state.learned_net !== "") {
    const copyTo = await openLearnedNet(state.learned_net, path);
    copyTo(solver.net.handle);
  }
  inFile(path, () => solver.restoreState(bytes));
}

async function openLearnedNet(model: string, state: string): ReturnType<typeof openWeights> {
  const beside = join(dirname(state), basename(model));
  // A state that was given another name, as `last.solverstate` of a run, has its weights beside it under that name.
  const namesake = state.replace(/\.solverstate(\.h5)?$/, ".caffemodel$1");
  for (const candidate of new Set([model, beside, namesake])) {
    if (candidate === state) continue;
    if (existsSync(candidate)) return await openWeights(candidate);
  }
  throw new CremaError(`Expected the weights '${model}' of this state but found no such file`, {
    file: state,
    hint: `They are not at '${beside}' either.`,
  });
}
