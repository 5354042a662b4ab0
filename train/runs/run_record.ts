import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { replaceFile } from "../../base/replace_file.ts";

/** The best test of a run. */
export interface BestTest {
  /** Updates done before the test. */
  iteration: number;
  /** The output that decided. */
  output: string;
  /** Its value. */
  value: number;
  /** Whether more is better, as for an accuracy, or less, as for a loss. */
  higherIsBetter: boolean;
}

/** What `run.json` says of a run. */
export interface RunRecord {
  /** Its name. */
  name: string;
  /** Name of the net. */
  net: string;
  /** "running" until it ends: "done" at the last iteration, "stopped" before it, "failed" by an error. */
  state: "running" | "done" | "stopped" | "failed";
  /** What the error of a failed run says. */
  error?: string | undefined;
  /** When it began, ISO 8601. */
  started: string;
  /** When this was written. */
  updated: string;
  /** Updates done. */
  iteration: number;
  /** Updates wanted. */
  maxIteration: number;
  /** Seconds of training, those before a resumption included. */
  seconds: number;
  /** How often it was resumed. */
  resumed: number;
  /** The best test so far. */
  best?: BestTest | undefined;
}

const FILE = "run.json";
const STATES: readonly unknown[] = ["running", "done", "stopped", "failed"];

/** Writes a run's record into its folder. */
export function writeRecord(folder: string, record: RunRecord): void {
  replaceFile(join(folder, FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** Reads the record of a run's folder. Throws a CremaError when there is none, or when it is damaged. */
export function readRecord(folder: string): RunRecord {
  const file = join(folder, FILE);
  let value: unknown;
  try {
    value = JSON.parse(Deno.readTextFileSync(file));
  } catch (cause) {
    const { message } = cause as Error;
    throw new CremaError(`Expected the record of a run but found: ${message}`, { file, cause });
  }
  const fault = faultOf(value);
  if (fault === undefined) return value as RunRecord;
  throw new CremaError(`Expected the record of a run but found ${fault}`, { file });
}

/** What is wrong with a record; undefined if nothing is. */
function faultOf(value: unknown): string | undefined {
  if (!isObject(value)) return "no object";
  const { best } = value;
  const wrong = [
    ...["name", "net", "started", "updated"].filter((key) => typeof value[key] !== "string"),
    ...["iteration", "maxIteration", "seconds", "resumed"].filter((key) => typeof value[key] !== "number"),
    ...STATES.includes(value["state"]) ? [] : ["state"],
    ...best === undefined || isBest(best) ? [] : ["best"],
  ];
  return wrong.length === 0 ? undefined : `no proper ${wrong.join(", ")} in it`;
}

function isBest(best: unknown): boolean {
  return isObject(best) && typeof best["output"] === "string" &&
    typeof best["higherIsBetter"] === "boolean" &&
    typeof best["iteration"] === "number" && typeof best["value"] === "number";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
