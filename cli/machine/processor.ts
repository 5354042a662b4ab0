/** What is known about a processor. */
export interface Processor {
  /** Its name, as the system gives it. */
  name: string;
  /** Logical processors that this process may use. */
  threads: number;
  /** Physical cores of the machine, where the system tells. */
  cores?: number | undefined;
  /** The sets of vector instructions that it has, the oldest first. */
  instructions: string[];
}

/** Flags of /proc/cpuinfo, and how people name them. */
const INSTRUCTIONS: Readonly<Record<string, string>> = {
  sse4_2: "SSE4.2",
  avx: "AVX",
  fma: "FMA",
  avx2: "AVX2",
  avx512f: "AVX-512",
  avx512_vnni: "AVX-512 VNNI",
  avx_vnni: "AVX-VNNI",
  avx512_bf16: "AVX-512 BF16",
  amx_bf16: "AMX BF16",
  amx_int8: "AMX INT8",
  asimd: "NEON",
  sve: "SVE",
  bf16: "BF16",
};

/**
 * The processor according to the text of /proc/cpuinfo.
 *
 * ```ts
 * import { parseProcessor } from "./processor.ts";
 * import assert from "node:assert/strict";
 *
 * const text = "processor : 0\nmodel name : Fast 9000\nphysical id : 0\ncore id : 0\nflags : fpu avx2 fma\n";
 * assert.deepEqual(parseProcessor(text, 2), { name: "Fast 9000", threads: 2, cores: 1, instructions: ["FMA", "AVX2"] });
 * ```
 */
export function parseProcessor(text: string, threads: number): Processor {
  const field = (name: string, in_: string) =>
    new RegExp(`^${name}\\s*:\\s*(.*)$`, "mi").exec(in_)?.[1]?.trim();
  const flags = new Set((field("flags", text) ?? field("features", text) ?? "").split(/\s+/));
  const blocks = text.split(/\n\s*\n/).map((block) => [field("physical id", block), field("core id", block)])
    .filter(([, core]) => core !== undefined);
  return {
    name: field("model name", text) ?? Deno.build.arch,
    threads,
    cores: blocks.length === 0 ? undefined : new Set(blocks.map(String)).size,
    instructions: Object.entries(INSTRUCTIONS).filter(([flag]) => flags.has(flag)).map(([, name]) => name),
  };
}

/** This machine's processor. */
export function processor(): Processor {
  let text = "";
  try {
    text = Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    // No Linux: the name is that of the architecture.
  }
  return parseProcessor(text, navigator.hardwareConcurrency);
}

/** Bytes of memory of this machine: all, and what programs can still take. */
export function machineMemory(): { total: number; available: number } {
  const { total, available } = Deno.systemMemoryInfo();
  return { total, available };
}
