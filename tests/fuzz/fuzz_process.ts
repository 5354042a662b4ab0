import { join } from "node:path";
import { sanitizedLibrary } from "../../tools/engine_build.ts";
import { root } from "../../tools/root.ts";

/** The result of a run of the fuzzer. */
export interface FuzzResult {
  actions: number;
  threw: number;
  /** How often each kind of misuse was tried. */
  tried: Record<string, number>;
}

/** Runs the fuzzer in another process. Throws an Error with its output when it crashes, or computes something wrong. */
export async function fuzz(
  { seconds, seed, sanitize = false }: { seconds: number; seed: number; sanitize?: boolean },
): Promise<FuzzResult> {
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(root, "tests/fuzz/misuse.ts"), `${seconds}`, `${seed}`],
    cwd: root,
    env: sanitize ? await sanitizers() : {},
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [out, words] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  if (code === 0) return JSON.parse(out);
  const errors = words.split("\n").filter((line) => !line.includes("failed to allocate")).slice(0, 60);
  throw new Error(`Seed ${seed} ended with ${signal ?? `exit status ${code}`}:\n${errors.join("\n")}`);
}

/** Deno itself is not compiled with the sanitizers, so their runtime must be loaded first. */
async function sanitizers(): Promise<Record<string, string>> {
  const files = await Promise.all(["libasan.so", "libubsan.so"].map(async (name) => {
    const { stdout } = await new Deno.Command("g++", { args: [`-print-file-name=${name}`] }).output();
    return new TextDecoder().decode(stdout).trim();
  }));
  return {
    LD_PRELOAD: files.join(" "),
    // V8 has a signal stack of its own; its memory is freed by the end of the process.
    ASAN_OPTIONS: "detect_leaks=0:use_sigaltstack=0:allocator_may_return_null=1",
    UBSAN_OPTIONS: "print_stacktrace=1",
    CREMA_ENGINE: join(root, sanitizedLibrary.folder, "libcrema_engine.so"),
  };
}
