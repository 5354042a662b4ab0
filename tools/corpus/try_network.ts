import type { Ending } from "./limited_process.ts";
import type { Result } from "./report.ts";

/** Runs one network in a process of its own, with options of run_network.ts besides those of all networks. */
export type RunNetwork = (more: readonly string[]) => Promise<Ending>;

/** Runs one network, and once more with one image if it takes too long or too much memory. */
export async function tryNetwork(run: RunNetwork): Promise<Result> {
  const first = await run([]);
  return resultOf(first.exceeded === undefined ? first : await run(["--images", "1"]));
}

/** The result that a process printed in its last line; where it printed none, how it ended. */
function resultOf({ stdout, stderr, how, exceeded }: Ending): Result {
  if (exceeded !== undefined) return { reached: "read", reason: exceeded };
  try {
    return JSON.parse(lastLine(stdout)) as Result;
  } catch {
    return { reached: "read", reason: `the process ended with ${how}: ${lastLine(stderr)}` };
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
