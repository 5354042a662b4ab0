import { gunzipSync, gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import type { Answer } from "./answer.ts";

/** libcaffe's answers in one file of the record, by the cases' names. */
export type GoldenFile = Record<string, RecordedAnswer>;

/** One answer of the record. */
export interface RecordedAnswer {
  /** A hash of what was asked. */
  asked: string;
  /** Each array's shape and number of values, in order: "2x3x4:24", ":1" for a scalar. */
  shapes: Record<string, string>;
  /** The values of all arrays, one after the other: little-endian float32, gzip, base64. */
  values: string;
}

const folder = new URL("golden/", import.meta.url);

/** Reads a file of the record; empty when there is none. */
export async function readGolden<T extends object = GoldenFile>(name: string): Promise<T> {
  try {
    return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, folder)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {} as T;
    throw error;
  }
}

/** Writes a file of the record. */
export async function writeGolden(name: string, record: object): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(new URL(`${name}.json`, folder), `${JSON.stringify(record, null, 2)}\n`);
}

/** A hash of what a case asks. */
export function hashOf(asked: string): string {
  return createHash("sha256").update(asked).digest("hex").slice(0, 16);
}

/** Packs an answer that was compacted already. */
export function pack(asked: string, answer: Answer): RecordedAnswer {
  const arrays = Object.entries(answer);
  const all = new Float32Array(arrays.reduce((sum, [, { values }]) => sum + values.length, 0));
  let at = 0;
  for (const [, { values }] of arrays) {
    all.set(values, at);
    at += values.length;
  }
  return {
    asked: hashOf(asked),
    shapes: Object.fromEntries(
      arrays.map(([name, { shape, values }]) => [name, `${shape.join("x")}:${values.length}`]),
    ),
    values: gzipSync(new Uint8Array(all.buffer), { level: 9 }).toString("base64"),
  };
}

/** The answer that was packed. */
export function unpack({ shapes, values }: RecordedAnswer): Answer {
  const bytes = gunzipSync(Uint8Array.fromBase64(values));
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  const answer: Answer = {};
  let at = 0;
  for (const [name, text] of Object.entries(shapes)) {
    const [shape, length] = text.split(":");
    const end = at + Number(length);
    answer[name] = {
      shape: shape === "" ? [] : shape!.split("x").map(Number),
      values: all.slice(at, end),
    };
    at = end;
  }
  return answer;
}
