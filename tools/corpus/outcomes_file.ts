import { CremaError } from "../../base/error.ts";
import { thrownMessage } from "../../base/thrown.ts";
import { writeWhole } from "../../base/write_whole.ts";
import type { Outcome, Report } from "./report.ts";

/** The version of the file's format. */
const VERSION = 1;

/** What `--json` writes. */
export interface Outcomes {
  /** Whether the networks ran on both engines. */
  readonly compare: boolean;
  readonly report: Report;
  readonly outcomes: readonly Outcome[];
}

/** Writes a file of outcomes, complete or not at all. */
export async function writeOutcomes(file: string, outcomes: Outcomes): Promise<void> {
  const text = `${JSON.stringify({ version: VERSION, ...outcomes }, undefined, 2)}\n`;
  await writeWhole(file, () => new TextEncoder().encode(text), "outcomes");
}

/**
 * The networks that ran, by digest, of a file that {@link writeOutcomes} wrote. Throws a CremaError for any other file,
 * and if networks are to run on both engines and those of the file did not.
 */
export async function readOutcomesThatRan(file: string, compare: boolean): Promise<Map<string, Outcome>> {
  const expected = (found: string, cause?: unknown) =>
    new CremaError(`Expected a file that --json wrote but found${found}`, {
      file,
      hint: "Write one with --json, without --again.",
      cause,
    });
  let content: unknown;
  try {
    content = JSON.parse(await Deno.readTextFile(file));
  } catch (cause) {
    throw expected(cause instanceof Deno.errors.NotFound ? " nothing" : `: ${thrownMessage(cause)}`, cause);
  }
  if (!isObject(content)) throw expected(" no object");
  const { version, compare: compared, outcomes } = content;
  if (version !== VERSION) {
    throw expected(version === undefined ? " one without a version" : ` one of version ${version}`);
  }
  if (typeof compared !== "boolean" || !Array.isArray(outcomes)) throw expected(" one without outcomes");
  const at = outcomes.findIndex((one) => !isOutcome(one));
  if (at >= 0) throw expected(` that its outcome ${at} is none: ${Deno.inspect(outcomes[at], { depth: 1 })}`);
  if (compare && !compared) {
    throw new CremaError("Expected outcomes of --compare but found those of one engine", {
      file,
      hint: "Write a file with --compare and --json, without --again.",
    });
  }
  const ran = (outcomes as Outcome[]).filter(({ reached }) => reached === "run");
  return new Map(ran.map((one) => [one.digest, one]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOutcome(value: unknown): boolean {
  return isObject(value) && typeof value["path"] === "string" && typeof value["digest"] === "string" &&
    ["nothing", "read", "run"].includes(String(value["reached"]));
}
