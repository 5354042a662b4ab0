import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isHdf5, readHdf5 } from "../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../data/arrays/load_hdf5.ts";
import { CremaError } from "../base/mod.ts";
import { readBytes } from "../base/read_bytes.ts";
import { decode, type SolverParameter, type SolverState } from "../proto/mod.ts";
import { readHdf5State } from "./hdf5_state.ts";

/** The two files of a snapshot. */
export interface SnapshotFiles {
  /** Updates done so far. */
  iteration: number;
  /** Path of the weights: `<prefix>_iter_<n>.caffemodel`, with `.h5` for HDF5. */
  model: string;
  /** Path of the solver's state: `<prefix>_iter_<n>.solverstate`, with `.h5` for HDF5. */
  state: string;
}

/** The format of a snapshot's files: the solver's `snapshot_format`. */
export type SnapshotFormat = NonNullable<SolverParameter["snapshot_format"]>;

/**
 * The names of a snapshot's files, as in Caffe.
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
): SnapshotFiles {
  const stem = `${prefix}_iter_${iteration}`, end = format === "HDF5" ? ".h5" : "";
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
): SnapshotFiles {
  const files = snapshotFiles(prefix, iteration, format);
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

/**
 * The newest complete snapshot of a prefix: the one with the highest iteration whose state and model both parse from
 * end to end; undefined when there is no snapshot at all. Times of files do not matter, and neither do leftovers of
 * killed writers. `onUnreadable` is called for each newer snapshot that is passed over, with what is wrong with it.
 * Throws a CremaError when there are snapshots but none that can be read: to begin anew would overwrite them.
 */
export async function findNewestSnapshot(
  prefix: string,
  onUnreadable: (files: SnapshotFiles, error: CremaError) => void = () => {},
): Promise<SnapshotFiles | undefined> {
  let newest: CremaError | undefined;
  for (const [iteration, format] of snapshotsOnDisk(prefix)) {
    const files = snapshotFiles(prefix, iteration, format);
    if (format === "HDF5") await loadHdf5(); // a missing library does not make the files incomplete
    const error = await faultOf(files);
    if (error === undefined) return files;
    onUnreadable(files, error);
    newest ??= error;
  }
  if (newest === undefined) return undefined;
  throw new CremaError(
    `Expected a snapshot '${prefix}_iter_*' that can be read but found none: ${newest.message}`,
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

/** The iterations that have a .solverstate under its final name, in either format, highest first. */
function snapshotsOnDisk(prefix: string): [iteration: number, format: SnapshotFormat][] {
  return folderEntries(prefix).map((name) => /^(\d+)\.solverstate(\.h5)?$/.exec(name))
    .filter((found) => found !== null)
    .map(([, digits, end]): [number, SnapshotFormat] => [Number(digits), end ? "HDF5" : "BINARYPROTO"])
    .sort(([a], [b]) => b - a);
}

/** Names of the prefix's snapshot files, without the prefix. */
function folderEntries(prefix: string): string[] {
  const { folder, start } = placeOf(prefix);
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
function placeOf(prefix: string): { folder: string; start: string } {
  const stem = `${prefix}_iter_`;
  return { folder: dirname(stem), start: basename(stem) };
}

/** What is wrong with a snapshot: undefined when both files parse from end to end. */
async function faultOf({ iteration, state, model }: SnapshotFiles): Promise<CremaError | undefined> {
  try {
    const stateBytes = await readBytes(state, "a solver state");
    const modelBytes = await readBytes(model, "the weights of a snapshot");
    const found = isHdf5(stateBytes)
      ? await readHdf5Snapshot(stateBytes, modelBytes, { state, model })
      : readBinarySnapshot(stateBytes, modelBytes, { state, model });
    if (found.iter === iteration) return undefined;
    return new CremaError(`Expected the state of iteration ${iteration} but found that of ${found.iter}`, {
      file: state,
    });
  } catch (error) {
    if (error instanceof CremaError) return error;
    throw error;
  }
}

type Paths = Pick<SnapshotFiles, "state" | "model">;

async function readHdf5Snapshot(state: Uint8Array, model: Uint8Array, paths: Paths): Promise<SolverState> {
  const library = await loadHdf5();
  readHdf5(library, model, { file: paths.model });
  return readHdf5State(readHdf5(library, state, { file: paths.state }), paths.state);
}

function readBinarySnapshot(state: Uint8Array, model: Uint8Array, paths: Paths): SolverState {
  decode("NetParameter", model, { file: paths.model });
  return decode("SolverState", state, { file: paths.state });
}

const TEMPORARY = /^\d+\.(caffemodel|solverstate|probe)(\.h5)?\.tmp-\d+$/;

function temporaryName(path: string): string {
  return `${path}.tmp-${Deno.pid}`;
}

function removeLeftovers(prefix: string): void {
  const { folder, start } = placeOf(prefix);
  for (const name of folderEntries(prefix)) {
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
