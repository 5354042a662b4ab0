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
import { resetPeak, residentMemory } from "./resident_memory.ts";
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

/** The same of a session of onnxruntime with the model in `file`, and a few runs on batches of so many images. */
export async function onnxRuntimePeak(file: string, threads: number, batch: number): Promise<number> {
  return await measured("onnxruntime", `${threads}`, file, `${batch}`);
}

async function peakOf(engine: Engine, file: string, ...batch: string[]): Promise<number> {
  return await measured(engine.path, `${engine.threads}`, file, ...batch);
}

/** What this program prints when it runs by itself. */
async function measured(library: string, threads: string, file: string, ...batch: string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(import.meta.url), library, threads, file, ...batch],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Expected the memory of ${file} but found: ${decoder.decode(stderr)}`);
  return Number(decoder.decode(stdout));
}

/** Makes a session of onnxruntime and infers. */
async function measureOnnxRuntime(threads: number, file: string, batch: number): Promise<number> {
  const { openSession, zeros } = await import("./onnxruntime_session.ts");
  resetPeak();
  const before = residentMemory("VmRSS");
  const session = await openSession(file, threads);
  const inputs = zeros(session, batch);
  for (let i = 0; i < TIMES; i++) await session.run(inputs);
  return residentMemory("VmHWM") - before;
}

/** Trains, or with `batch` infers. */
async function measure(library: string, threads: number, file: string, batch?: number): Promise<number> {
  const engine = Engine.open(library);
  engine.threads = threads;
  resetPeak();
  const before = residentMemory("VmRSS");
  if (batch === undefined) {
    using solver = await makeSolver(file, engine);
    for (let i = 0; i < TIMES; i++) solver.step();
  } else {
    using net = await makeInferenceNet(file, { engine, batch });
    for (let i = 0; i < TIMES; i++) net.handle.forward();
  }
  return residentMemory("VmHWM") - before;
}

if (import.meta.main) {
  const [library, threads, file, batch] = Deno.args;
  console.log(
    library === "onnxruntime"
      ? await measureOnnxRuntime(Number(threads), file!, Number(batch))
      : await measure(library!, Number(threads), file!, batch === undefined ? undefined : Number(batch)),
  );
}
