import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isHdf5, readHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import { CremaError } from "../base/mod.ts";
import { readBytes } from "../base/read_bytes.ts";
import { type BlobProto, decode, type SolverParameter, type SolverState, upgradeNet } from "../proto/mod.ts";
import { readHdf5State } from "./hdf5_state.ts";

/** Which snapshot of a prefix: that of an iteration, or the best one. */
export type SnapshotKind = "iteration" | "best";

/** The two files of a snapshot. */
export interface SnapshotFiles {
  /** Updates done so far. */
  iteration: number;
  /** Path of the weights: `<prefix>_iter_<n>.caffemodel` or `<prefix>_best.caffemodel`, with `.h5` for HDF5. */
  model: string;
  /** Path of the solver's state: the same with `.solverstate`. */
  state: string;
}

/** The format of a snapshot's files: the solver's `snapshot_format`. */
export type SnapshotFormat = NonNullable<SolverParameter["snapshot_format"]>;

/**
 * The names of a snapshot's files, as in Caffe; those of the best one end in `_best`.
 *
 * ```ts
 * import { snapshotFiles } from "./snapshot_files.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(snapshotFiles("lenet", 500).model, "lenet_iter_500.caffemodel");
 * ```
 */
export function snapshotFiles(
  prefix: string,
  iteration: number,
  format: SnapshotFormat = "BINARYPROTO",
  kind: SnapshotKind = "iteration",
): SnapshotFiles {
  return filesOf(kind === "best" ? `${prefix}_best` : `${prefix}_iter_${iteration}`, iteration, format);
}

/** The files of a snapshot whose names begin with `stem`. */
export function filesOf(
  stem: string,
  iteration: number,
  format: SnapshotFormat = "BINARYPROTO",
): SnapshotFiles {
  const end = format === "HDF5" ? ".h5" : "";
  return { iteration, model: `${stem}.caffemodel${end}`, state: `${stem}.solverstate${end}` };
}

/**
 * Writes a snapshot so that it is complete or absent, even if the process or the machine stops at any moment.
 * Both files are written under temporary names and flushed; then the model gets its final name, then the
 * state. So a state under its final name always has a complete model. Removes what killed writers of the same
 * prefix left behind. Throws a CremaError when a file cannot be written.
 */
export function writeSnapshotFiles(
  prefix: string,
  iteration: number,
  model: Uint8Array,
  state: Uint8Array,
  format: SnapshotFormat = "BINARYPROTO",
  kind: SnapshotKind = "iteration",
): SnapshotFiles {
  const files = snapshotFiles(prefix, iteration, format, kind);
  writeSnapshotPair(files, model, state, () => removeLeftovers(prefix));
  return files;
}

/**
 * Writes the two files of a snapshot under any names, as {@link writeSnapshotFiles} does; calls `prepare` first. Throws a
 * CremaError when a file cannot be written.
 */
export function writeSnapshotPair(
  files: SnapshotFiles,
  model: Uint8Array,
  state: Uint8Array,
  prepare: () => void = () => {},
): void {
  const { iteration } = files;
  const temporary = { model: temporaryName(files.model), state: temporaryName(files.state) };
  try {
    prepare();
    writeFlushed(temporary.model, model);
    writeFlushed(temporary.state, state);
    // A state that an earlier run left under this name does not match the new model.
    removeIfPresent(files.state);
    Deno.renameSync(temporary.model, files.model);
    Deno.renameSync(temporary.state, files.state);
    flushFolder(dirname(files.state));
  } catch (cause) {
    for (const path of Object.values(temporary)) {
      try {
        removeIfPresent(path);
      } catch {
        // What went wrong first says more.
      }
    }
    throw new CremaError(
      `Expected to write the snapshot of iteration ${iteration} but found ${(cause as Error).message}`,
      {
        file: files.model,
        hint:
          "Check that the folder of snapshot_prefix exists and has space. Earlier snapshots are untouched.",
        cause,
      },
    );
  }
}

/** Removes the snapshot of an iteration, in either format: the state first, so that none is without its model. */
export function removeSnapshotFiles(prefix: string, iteration: number): void {
  for (const format of ["BINARYPROTO", "HDF5"] as const) {
    const { model, state } = snapshotFiles(prefix, iteration, format);
    removeIfPresent(state);
    removeIfPresent(model);
  }
}

/** What a snapshot holds: enough to tell whether it is one of a certain net. */
export interface SnapshotContent {
  /** Numbers of values of each layer's parameters, by the layer's name. */
  parameters: ReadonlyMap<string, readonly number[]>;
  /** Numbers of values of the solver's history blobs. */
  history: readonly number[];
}

/** How {@link findNewestSnapshot} chooses. */
export interface NewestSnapshotOptions {
  /** Called for each newer snapshot that is passed over, with what is wrong with it. */
  onUnreadable?: ((files: SnapshotFiles, error: CremaError) => void) | undefined;
  /** Says what keeps a snapshot from belonging to the training that looks for one; undefined if nothing does. */
  misfit?: ((content: SnapshotContent) => string | undefined) | undefined;
  /** Where else to look: what the names of a snapshot's files begin with, such as `runs/demo/best`. */
  stems?: readonly string[] | undefined;
}

/**
 * The newest complete snapshot of a prefix, of an iteration or the best one: the one that was written last, of those whose
 * state and model both parse from end to end and that have no `misfit`; undefined when there is no snapshot at all. Of
 * files of one time, as after copying, the highest iteration in a name counts as the newest. Leftovers of killed writers
 * do not matter. Throws a CremaError when there are snapshots but none that can be used: to begin anew would overwrite
 * them.
 */
export async function findNewestSnapshot(
  prefix: string,
  { onUnreadable = () => {}, misfit = () => undefined, stems = [] }: NewestSnapshotOptions = {},
): Promise<SnapshotFiles | undefined> {
  let newest: CremaError | undefined;
  for (const { files, format } of snapshotsOnDisk(prefix, stems)) {
    if (format === "HDF5") await loadHdf5(); // a missing library does not make the files incomplete
    const found = await iterationOf(files, misfit);
    if (typeof found === "number") return { ...files, iteration: found };
    onUnreadable(files, found);
    newest ??= found;
  }
  if (newest === undefined) return undefined;
  throw new CremaError(
    `Expected a snapshot '${prefix}_*' that can be used but found none: ${newest.message}`,
    {
      hint: "Move these files away to begin anew, or give another snapshot_prefix. Nothing was changed.",
      cause: newest,
    },
  );
}

/**
 * Throws a CremaError unless files with this prefix can be written. Makes the prefix's folder if only that
 * one is missing; a longer missing path is more likely a mistake.
 */
export function checkSnapshotFolder(prefix: string): void {
  const probe = temporaryName(`${prefix}_iter_0.probe`);
  const { folder } = placeOf(prefix);
  try {
    if (!existsSync(folder) && existsSync(dirname(folder))) Deno.mkdirSync(folder);
    Deno.writeTextFileSync(probe, "");
  } catch (cause) {
    throw new CremaError(
      `Expected a folder for snapshots but could not write in '${folder}' (${(cause as Error).message})`,
      {
        hint: `Create it, or change snapshot_prefix ("${prefix}", relative to ${Deno.cwd()}).`,
        cause,
      },
    );
  }
  removeIfPresent(probe);
}

/** A snapshot whose state has its final name. */
interface FoundSnapshot {
  /** Its files; an iteration of −1 where their names do not say it. */
  files: SnapshotFiles;
  format: SnapshotFormat;
}

/** The snapshots of a prefix, and those of more stems, in either format, those written last first. */
function snapshotsOnDisk(prefix: string, stems: readonly string[]): FoundSnapshot[] {
  const numbered = folderEntries(prefix).map((name) => /^(\d+)\.solverstate(\.h5)?$/.exec(name))
    .filter((found) => found !== null)
    .map(([, digits, end]) =>
      [`${prefix}_iter_${digits}`, Number(digits), end ? "HDF5" : "BINARYPROTO"] as const
    );
  const others = [`${prefix}_best`, ...stems].flatMap((stem) =>
    (["BINARYPROTO", "HDF5"] as const).map((format) => [stem, -1, format] as const)
  );
  return [...numbered, ...others].flatMap(([stem, iteration, format]) => {
    const files = filesOf(stem, iteration, format), time = timeOf(files.state);
    return time === undefined ? [] : [{ files, format, time }];
  }).sort((a, b) => b.time - a.time || b.files.iteration - a.files.iteration);
}

/** When a file was written, in milliseconds; undefined if it isn't there. */
function timeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** Names of the files that begin with the prefix and `infix`, without both. */
function folderEntries(prefix: string, infix = "_iter_"): string[] {
  const { folder, start } = placeOf(prefix, infix);
  try {
    return [...Deno.readDirSync(folder)]
      .filter((entry) => entry.isFile && entry.name.startsWith(start))
      .map((entry) => entry.name.slice(start.length));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The folder of a prefix's files, and how their names start. The prefix may end with a slash. */
function placeOf(prefix: string, infix = "_iter_"): { folder: string; start: string } {
  const stem = `${prefix}_iter_`;
  const start = basename(stem);
  return { folder: dirname(stem), start: start.slice(0, start.length - "_iter_".length) + infix };
}

/** The iteration of a snapshot, when both files parse from end to end; else what is wrong with it. */
async function iterationOf(
  { iteration, state, model }: SnapshotFiles,
  misfit: NonNullable<NewestSnapshotOptions["misfit"]>,
): Promise<number | CremaError> {
  try {
    const stateBytes = await readBytes(state, "a solver state");
    const modelBytes = await readBytes(model, "the weights of a snapshot");
    const found = isHdf5(stateBytes)
      ? await readHdf5Snapshot(stateBytes, modelBytes, { state, model })
      : readBinarySnapshot(stateBytes, modelBytes, { state, model });
    if (found.iter === undefined || (iteration >= 0 && found.iter !== iteration)) {
      return new CremaError(
        `Expected the state of iteration ${
          iteration >= 0 ? iteration : "0 or later"
        } but found that of ${found.iter}`,
        {
          file: state,
        },
      );
    }
    const reason = misfit(found);
    return reason === undefined ? found.iter : new CremaError(reason, { file: model });
  } catch (error) {
    if (error instanceof CremaError) return error;
    throw error;
  }
}

type Paths = Pick<SnapshotFiles, "state" | "model">;

type Content = SnapshotContent & { iter: number | undefined };

async function readHdf5Snapshot(state: Uint8Array, model: Uint8Array, paths: Paths): Promise<Content> {
  const library = await loadHdf5();
  const { values } = readHdf5(library, model, { file: paths.model });
  const parameters = new Map<string, number[]>();
  for (const [path, value] of values) {
    const [, layer, index] = /^data\/(.*)\/(\d+)$/s.exec(path) ?? [];
    if (layer === undefined || typeof value === "string") continue;
    const counts = parameters.get(layer) ?? [];
    counts[Number(index)] = value.values.length;
    parameters.set(layer, counts);
  }
  return {
    parameters,
    ...stateContent(readHdf5State(readHdf5(library, state, { file: paths.state }), paths.state)),
  };
}

function readBinarySnapshot(state: Uint8Array, model: Uint8Array, paths: Paths): Content {
  const net = upgradeNet(decode("NetParameter", model, { file: paths.model }));
  const parameters = new Map(
    (net.layer ?? []).filter(({ blobs = [] }) => blobs.length > 0)
      .map(({ name = "", blobs = [] }) => [name, blobs.map(countOf)]),
  );
  return { parameters, ...stateContent(decode("SolverState", state, { file: paths.state })) };
}

function stateContent({ iter, history = [] }: SolverState): Omit<Content, "parameters"> {
  return { iter, history: history.map(countOf) };
}

function countOf({ data, double_data }: BlobProto): number {
  return data?.length ?? double_data?.length ?? 0;
}

const TEMPORARY = /^(_iter_\d+|_best)\.(caffemodel|solverstate|probe)(\.h5)?\.tmp-\d+$/;

function temporaryName(path: string): string {
  return `${path}.tmp-${Deno.pid}`;
}

function removeLeftovers(prefix: string): void {
  const { folder, start } = placeOf(prefix, "");
  for (const name of folderEntries(prefix, "")) {
    if (TEMPORARY.test(name)) removeIfPresent(join(folder, start + name));
  }
}

function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function writeFlushed(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
  file.syncSync();
}

/** Makes renames in a folder survive a power cut. */
function flushFolder(path: string): void {
  using folder = Deno.openSync(path, { read: true });
  folder.syncSync();
}
