import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { CremaError } from "../base/error.ts";
import { environmentVariable } from "../base/environment.ts";
import { writeWhole } from "../base/write_whole.ts";
import type { Engine } from "../ffi/mod.ts";

/**
 * The file that keeps what tuning has found on this kind of processor with this version of the engine: in
 * `$XDG_CACHE_HOME/crema/tuning`, or in `~/.cache/crema/tuning`. Undefined where there is no such folder. It may be
 * removed at any time: the next run tries again.
 */
export function tuningFile(engine: Engine): string | undefined {
  const cache = environmentVariable("XDG_CACHE_HOME"), home = environmentVariable("HOME");
  // The XDG specification says to ignore relative paths.
  const folder = cache?.startsWith("/") ? cache : home === undefined ? undefined : `${home}/.cache`;
  if (folder === undefined) return undefined;
  const machine = `${cpus()[0]?.model ?? ""}\n${engine.version}`;
  const name = createHash("sha256").update(machine).digest("hex").slice(0, 16);
  return `${folder}/crema/tuning/${engine.name}-${name}.txt`;
}

/**
 * Gives the engine what its {@link tuningFile} has, and returns that: nothing if there is no such file. Throws a CremaError
 * if it holds something else.
 */
export async function readTuning(engine: Engine): Promise<string> {
  const file = tuningFile(engine);
  if (file === undefined) return "";
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new CremaError(`Expected to read what tuning has found but found: ${(error as Error).message}`, {
      file,
      hint: "Remove the file, or leave out --tune.",
      cause: error,
    });
  }
  try {
    engine.addTuning(text);
  } catch (error) {
    if (!(error instanceof CremaError)) throw error;
    throw new CremaError(error.message, { file, hint: "Remove the file.", cause: error });
  }
  return text;
}

/**
 * Writes what tuning has found to the {@link tuningFile}, together with what other processes have written there. Throws
 * a CremaError if it can't be written.
 */
export async function writeTuning(engine: Engine): Promise<void> {
  const file = tuningFile(engine);
  if (file === undefined) return;
  const before = await readTuning(engine);
  const { tuning } = engine;
  if (tuning === before) return;
  try {
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  } catch (error) {
    throw new CremaError(
      `Expected a folder for what tuning has found but found: ${(error as Error).message}`,
      {
        file,
        hint: "Set XDG_CACHE_HOME to a folder that can be written, or leave out --tune.",
        cause: error,
      },
    );
  }
  await writeWhole(file, () => new TextEncoder().encode(tuning), "tuning");
}
