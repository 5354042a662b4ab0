/**
 * Configures and builds the embedded engine with CMake.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { findCommand, SetupError } from "./requirements.ts";
import { root } from "./root.ts";

/** What to build. */
export interface EngineBuild {
  /** The folder of CMakeLists.txt, from the repository's root; `engine` unless given. */
  source?: string | undefined;
  /** The build folder, from the repository's root or absolute. */
  folder: string;
  /** CMake's target. */
  target: string;
  /** CMake's cache entries, such as `CREMA_SANITIZE=ON`. */
  options: string[];
}

/** What runs a program only while no other wants the processor. */
export const inBackground: readonly string[] = ["nice", "-n", "19"];

/** The library that Crema loads. */
export const engineLibrary: EngineBuild = {
  folder: "build/engine",
  target: "crema_engine",
  options: [],
};

/** The program that a compiled file begins with. */
export const launcher: EngineBuild = {
  source: "compile/launcher",
  folder: "build/launcher",
  target: "crema_launcher",
  options: [],
};

/** The engine's own tests. */
export const engineTests: EngineBuild = { ...engineLibrary, target: "crema_engine_tests" };

/** The engine's own tests under AddressSanitizer and UBSan. */
export const sanitizedTests: EngineBuild = {
  folder: "build/engine-sanitized",
  target: "crema_engine_tests",
  options: ["CREMA_SANITIZE=ON"],
};

/** The library under AddressSanitizer and UBSan, for the fuzzer. */
export const sanitizedLibrary: EngineBuild = { ...sanitizedTests, target: "crema_engine" };

/**
 * Brings a build up to date; quick when nothing changed.
 *
 * `progress` is called after each step, and not at all when there was nothing to do. `prefix` runs the build, such as
 * {@link inBackground}. Throws {@link SetupError} with the compiler's output when the build fails.
 */
export async function buildEngine(
  build: EngineBuild,
  progress: (done: number, total: number) => void,
  prefix: readonly string[] = [],
): Promise<void> {
  const folder = resolve(root, build.folder);
  await configure(folder, build.source ?? "engine", build.options);
  const [program, ...args] = [...prefix, "cmake", "--build", folder, "--target", build.target] as const;
  const child = new Deno.Command(program!, {
    args,
    // The status is parsed below: the user's own setting must not win.
    env: { NINJA_STATUS: "[%f/%t] " },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      for (const [, done, total] of text.matchAll(/^\[(\d+)\/(\d+)\] (?!Re-checking)/gm)) {
        progress(Number(done), Number(total));
      }
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  if (!(await child.status).success) {
    const errors = output.split("\n").filter((line) =>
      !/^(\[\d+\/\d+\] (Building|Linking|Generating|Re-)|-- |: && |\/usr\/bin\/c(ache|\+\+) )/.test(line)
    );
    throw new SetupError(
      `${errors.join("\n").trim()}\n\nExpected ${build.target} to build in ${build.folder} but it failed.`,
    );
  }
  const warnings = output.match(/^.*warning: .*$/gm) ?? [];
  for (const warning of new Set(warnings)) await Deno.stderr.write(new TextEncoder().encode(`${warning}\n`));
}

async function configure(folder: string, source: string, options: string[]): Promise<void> {
  const wanted = [...options];
  if (Deno.env.get("CREMA_WERROR") === "1") wanted.push("CREMA_WERROR=ON");
  // The folder records its options: when they change, it is configured again.
  const record = join(folder, "crema-options.txt");
  const text = `${root}\n${wanted.join("\n")}\n`;
  if (await Deno.readTextFile(record).catch(() => "") === text) return;
  const args = ["--fresh", "-S", join(root, source), "-B", folder];
  if (await findCommand("ninja") !== undefined) args.push("-G", "Ninja");
  const { success, stdout, stderr } = await new Deno.Command("cmake", {
    args: [...args, ...wanted.map((option) => `-D${option}`)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) {
    const decoder = new TextDecoder();
    throw new SetupError(
      `${decoder.decode(stdout)}${
        decoder.decode(stderr)
      }\nExpected CMake to configure ${source}/ but it failed.`,
    );
  }
  await Deno.writeTextFile(`${record}.tmp`, text);
  await Deno.rename(`${record}.tmp`, record);
}
