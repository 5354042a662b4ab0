import { CremaError } from "../../base/mod.ts";
import { isPrepared, runFolder, RUNS } from "./run_folder.ts";
import { RunLock } from "./run_lock.ts";
import { readRecord, type RunRecord } from "./run_record.ts";

/** A run, as a list shows it. */
export interface RunSummary {
  /** Name of its folder. */
  name: string;
  /** Path of its folder. */
  folder: string;
  /**
   * As the record says; "killed" if it says that the run trains, and none does; "prepared" if there are only the files of
   * `crema fit`; "damaged" if there is no record otherwise.
   */
  state: RunRecord["state"] | "killed" | "prepared" | "damaged";
  /** What is wrong with a damaged run. */
  fault?: string | undefined;
  /** The record of a run that isn't damaged. */
  record?: RunRecord | undefined;
}

/** The runs of a folder, by the time when they began; damaged ones last. None if the folder isn't there. */
export function listRuns(runs: string = RUNS): RunSummary[] {
  let names: string[];
  try {
    names = [...Deno.readDirSync(runs)].filter(({ isFile }) => !isFile).map(({ name }) => name);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw new CremaError(`Expected a folder of runs but found: ${(cause as Error).message}`, {
      file: runs,
      cause,
    });
  }
  const orderOf = ({ record, name }: RunSummary) => `${record?.started ?? "~"} ${name}`;
  return names.map((name) => summaryOf(name, runs))
    .sort((a, b) => orderOf(a) < orderOf(b) ? -1 : 1);
}

/** One run of a folder. Throws a CremaError when it isn't there. */
export function findRun(name: string, runs: string = RUNS): RunSummary {
  const folder = runFolder(name, runs);
  const found = listRuns(runs);
  const run = found.find((each) => each.name === name);
  if (run !== undefined) return run;
  throw new CremaError(`Expected a run '${folder}' but found none`, {
    hint: found.length === 0
      ? `There are no runs in '${runs}'.`
      : `In '${runs}' there are: ${found.map(({ name }) => name).join(", ")}.`,
  });
}

/** Removes a run with all that is in its folder. Throws a CremaError when it isn't there, is training. */
export function removeRun(name: string, runs: string = RUNS): void {
  const { folder } = findRun(name, runs);
  if (RunLock.isTaken(folder)) {
    throw new CremaError(`Expected a run that has ended but found that '${folder}' is training`);
  }
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (cause) {
    throw new CremaError(`Expected to remove a run but found: ${(cause as Error).message}`, {
      file: folder,
      cause,
    });
  }
}

function summaryOf(name: string, runs: string): RunSummary {
  try {
    const folder = runFolder(name, runs);
    if (isPrepared(folder)) return { name, folder, state: "prepared" };
    const record = readRecord(folder);
    const state = record.state === "running" && !RunLock.isTaken(folder) ? "killed" : record.state;
    return { name, folder, state, record };
  } catch (error) {
    return { name, folder: `${runs}/${name}`, state: "damaged", fault: (error as Error).message };
  }
}
