/**
 * Reads damaged files of a format: `FORMAT SEED SECONDS COUNT FOLDER`, for so long, or so many. Each file is written to the
 * folder before it is read, so that what ends this process is left there. Prints a line of JSON for each fault, and a last
 * one that counts.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it reports by printing

import { join } from "node:path";
import { CremaError } from "../../../base/error.ts";
import { Dice } from "../dice.ts";
import { corpusFiles } from "./corpus.ts";
import { formatOf } from "./formats.ts";
import { mutate } from "./mutate.ts";

/** More memory than this, beyond what the process has before, is a fault. */
const MEMORY_LIMIT = 2 ** 30;

const [name, seedText, secondsText, countText, folder] = Deno.args as [
  string,
  string,
  string,
  string,
  string,
];
const { extension, text = false, read, files: own } = formatOf(name);
const path = join(folder, `input${extension}`);
const undamaged = own ?? corpusFiles(name);
const files = [...undamaged.values()];

/** What a file does: undefined, a CremaError's name, or the signature of a fault. */
async function outcome(bytes: Uint8Array): Promise<{ fault?: string; refused: boolean; error?: unknown }> {
  await Deno.writeFile(path, bytes);
  try {
    await read(path);
    return { refused: false };
  } catch (error) {
    if (error instanceof CremaError) return { refused: true };
    return { refused: true, fault: signature(error), error };
  }
}

/** What tells a fault from another: the kind of error, and where it was thrown. */
function signature(error: unknown): string {
  if (!(error instanceof Error)) return `no Error: ${error}`;
  const place = error.stack?.split("\n").find((line) => /^\s+at /.test(line))?.trim() ?? "";
  return `${error.name} ${place.replace(/^at /, "")}`;
}

/** A smaller input with the same fault. */
async function shrink(bytes: Uint8Array, fault: string): Promise<Uint8Array> {
  for (let size = bytes.length >> 1; size > 0; size = size >> 1) {
    for (let at = 0; at < bytes.length && bytes.length < 100_000;) {
      const shorter = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
      if ((await outcome(shorter)).fault === fault) bytes = shorter;
      else at += size;
    }
  }
  return bytes;
}

/** The most memory that the process had since the last call, where the system tells. */
function peakMemory(): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
    return 1024 * Number(kilobytes);
  } catch {
    return 0;
  }
}

for (const [file, bytes] of undamaged) {
  const { error, refused } = await outcome(bytes);
  // The labels are no images.
  if (refused && file !== "labels.idx") throw new Error(`Expected ${file} to be read`, { cause: error });
}
const memoryBefore = peakMemory();
const seen = new Set<string>();
const counts = { inputs: 0, taken: 0, refused: 0 };
const end = performance.now() + 1000 * Number(secondsText);
while (Number(countText) > 0 ? counts.inputs < Number(countText) : performance.now() < end) {
  // A generator for each, so that one can be repeated alone.
  const dice = new Dice(Math.imul(Number(seedText), 2654435761) + counts.inputs);
  const bytes = mutate(dice, files, text);
  const { fault, refused, error } = await outcome(bytes);
  counts.inputs++;
  if (refused) counts.refused++;
  else counts.taken++;
  const memory = peakMemory() - memoryBefore;
  const found = fault ??
    (memory > MEMORY_LIMIT ? `${Math.round(memory / 2 ** 20)} MiB of memory` : undefined);
  if (found === undefined || seen.has(found.replace(/^\d+/, ""))) continue;
  seen.add(found.replace(/^\d+/, ""));
  const kept = join(folder, `fault${seen.size}-${counts.inputs}${extension}`);
  await Deno.writeFile(kept, fault === undefined ? bytes : await shrink(bytes, fault));
  const message = error instanceof Error ? error.stack : error === undefined ? found : String(error);
  console.log(JSON.stringify({ fault: found, message, kept }));
}
console.log(JSON.stringify(counts));
