/**
 * Measures how much memory a model takes on one engine. This is also a program: each measurement has a process of its own,
 * in which nothing else holds memory.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output is the answer

import { fileURLToPath } from "node:url";
import { Engine } from "../ffi/mod.ts";
import { makeInferenceNet } from "./inference_net.ts";
import { makeSolver } from "./solver.ts";

/** Steps or passes after which an engine has allocated all that it needs. */
const TIMES = 3;

/**
 * The most bytes that a process's resident memory grows by while it makes the net of `file` with a solver on the engine
 * and does a few steps: values, gradients, parameters, the solver's history and the engine's own buffers, without what
 * Deno and the loaded library held before.
 */
export async function trainingPeak(engine: Engine, file: string): Promise<number> {
  return await peakOf(engine, file);
}

/** The same of `makeInferenceNet` with batches of so many images, and a few forward passes. */
export async function inferencePeak(engine: Engine, file: string, batch: number): Promise<number> {
  return await peakOf(engine, file, `${batch}`);
}

async function peakOf(engine: Engine, file: string, ...batch: string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(import.meta.url), engine.path, `${engine.threads}`, file, ...batch],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Expected the memory of ${file} but found: ${decoder.decode(stderr)}`);
  return Number(decoder.decode(stdout));
}

/** Trains, or with `batch` infers. */
async function measure(library: string, threads: number, file: string, batch?: number): Promise<number> {
  const engine = Engine.open(library);
  engine.threads = threads;
  resetPeak();
  const before = memory("VmRSS");
  if (batch === undefined) {
    using solver = await makeSolver(file, engine);
    for (let i = 0; i < TIMES; i++) solver.step();
  } else {
    using net = await makeInferenceNet(file, { engine, batch });
    for (let i = 0; i < TIMES; i++) net.handle.forward();
  }
  return memory("VmHWM") - before;
}

/** Resets the kernel's record of the process's peak memory. */
function resetPeak(): void {
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Without /proc, the memory at the end stands for the peak.
  }
}

/** Resident memory in bytes: now ("VmRSS") or at its peak since {@link resetPeak} ("VmHWM"). */
function memory(name: "VmRSS" | "VmHWM"): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const kilobytes = new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // As above.
  }
  return Deno.memoryUsage().rss;
}

if (import.meta.main) {
  const [library, threads, file, batch] = Deno.args;
  console.log(
    await measure(library!, Number(threads), file!, batch === undefined ? undefined : Number(batch)),
  );
}
