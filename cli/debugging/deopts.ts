import { join } from "node:path";
import { ownArguments } from "./own_arguments.ts";

/** A function that V8 optimized and deoptimized again and again. */
export interface Deopt {
  /** The module's URL. */
  module: string;
  /** The function's name. */
  function: string;
  /** How often it was deoptimized. */
  times: number;
  /** V8's most frequent reason: "wrong map", "not a Number". */
  reason: string;
}

/** V8 deoptimizes any function a few times, until it has seen all kinds of values that reach it. */
const USUAL = 3;

/** Passes to run while V8 is watched. */
const ITERATIONS = "100";

/** This variable is set in the watched process. */
const WATCHED = "CREMA_WATCHED";

/**
 * Runs `crema time` with these arguments again, in a process in which V8 logs deoptimizations, and returns the functions
 * of `modules` that it deoptimized more often than usual. Undefined where no process can be started.
 */
export async function findDeopts(
  args: readonly string[],
  modules: ReadonlySet<string>,
): Promise<Deopt[] | undefined> {
  if (Deno.env.get(WATCHED) !== undefined) return undefined;
  const folder = await Deno.makeTempDir({ prefix: "crema-deopts-" });
  try {
    const log = join(folder, "v8.log");
    // On a thread of its own, V8 would optimize sooner or later, as the machine is busy.
    const flags =
      `--v8-flags=--no-concurrent-recompilation,--no-concurrent-osr,--trace-deopt,--log-deopt,--no-logfile-per-isolate,--logfile=${log}`;
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ownArguments([flags], [...args, "--iterations", ITERATIONS, "--json"]),
      env: { [WATCHED]: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    return readDeopts(new TextDecoder().decode(stdout), await Deno.readTextFile(log), modules);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Reads deoptimizations from V8's trace, which has the functions' names, and its log, which has the modules; both are in
 * the same order. Those caused by a change of a class are only in the log, and are left out: no loop is at fault.
 *
 * ```ts
 * import { readDeopts } from "./deopts.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const trace = "[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x1 <JSFunction forward (sfi = 0x2)>, …]\n";
 * const log = "code-deopt,1,2,0x3,-1,86,deopt-eager,<file:///a.ts:9:3>,wrong map\n";
 * deepEqual(readDeopts(trace.repeat(6), log.repeat(6), new Set(["file:///a.ts"])), [
 *   { module: "file:///a.ts", function: "forward", times: 6, reason: "wrong map" },
 * ]);
 * ```
 */
export function readDeopts(trace: string, log: string, modules: ReadonlySet<string>): Deopt[] {
  const begins = /^\[bailout \(kind: .*?\): begin\. deoptimizing \S+ <JSFunction ?([^(>]*?) ?[(>]/gm;
  const names = [...trace.matchAll(begins)].map(([, name]) => name || "an unnamed function");
  const events = [...log.matchAll(/^code-deopt,(?:[^,]*,){5}deopt-\w+,<([^>]*?):\d+:\d+>[^,]*,(.*)$/gm)];
  const found = new Map<string, { deopt: Deopt; reasons: Map<string, number> }>();
  for (const [i, [, module = "", reason = ""]] of events.entries()) {
    // Replacing a running loop by a better version (OSR) costs little.
    if (!modules.has(module) || reason.includes("OSR")) continue;
    const name = names[i] ?? "a function";
    const key = `${module} ${name}`;
    const entry = found.get(key) ??
      { deopt: { module, function: name, times: 0, reason }, reasons: new Map() };
    found.set(key, entry);
    entry.deopt.times++;
    entry.reasons.set(reason, (entry.reasons.get(reason) ?? 0) + 1);
    if (entry.reasons.get(reason)! > entry.reasons.get(entry.deopt.reason)!) entry.deopt.reason = reason;
  }
  return [...found.values()].map(({ deopt }) => deopt).filter(({ times }) => times > USUAL)
    .sort((a, b) => b.times - a.times);
}
