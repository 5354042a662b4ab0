/**
 * What the build and the tests need from the system, how to see whether it is there, and how to get it.
 *
 * @module
 */

/** A thing that must be on the machine, and the Debian package that provides it. */
export interface Requirement {
  /** The Debian (and Ubuntu) package. */
  package: string;
  /** A program on the PATH. */
  command?: string | undefined;
  /** A header that the C++ compiler finds. */
  header?: string | undefined;
  /** A shared library that the C++ compiler finds. */
  library?: string | undefined;
}

/** Needed to build and test the engine. */
export const buildRequirements: Requirement[] = [
  { package: "g++", command: "c++" },
  { package: "cmake", command: "cmake" },
  { package: "ninja-build", command: "ninja" },
  { package: "protobuf-compiler", command: "protoc" },
  { package: "libprotobuf-dev", header: "google/protobuf/message_lite.h" },
  { package: "libdnnl-dev", header: "oneapi/dnnl/dnnl.hpp" },
  { package: "libgtest-dev", header: "gtest/gtest.h" },
  { package: "liblmdb0", library: "liblmdb.so.0" },
  { package: "libzstd-dev", header: "zstd.h" },
  { package: "libxxhash-dev", header: "xxhash.h" },
];

/** Needed by `deno task ok` and CI as well. */
export const checkRequirements: Requirement[] = [
  { package: "clang-format", command: "clang-format" },
];

/** The oldest GCC that compiles the engine. */
const oldestGcc = 12;

/** Returns the requirements that are not met. */
export async function missingRequirements(requirements: Requirement[]): Promise<Requirement[]> {
  const compiler = await findCommand("c++");
  const checks = await Promise.all(requirements.map((requirement) => isMet(requirement, compiler)));
  return requirements.filter((_, index) => !checks[index]);
}

async function isMet({ command, header, library }: Requirement, compiler: string | undefined) {
  if (command !== undefined) return await findCommand(command) !== undefined;
  if (compiler === undefined) return false;
  if (header !== undefined) {
    const source = `#if !__has_include(<${header}>)\n#error\n#endif\n`;
    return (await run([compiler, "-E", "-x", "c++", "-o", "/dev/null", "-"], source)).success;
  }
  if (library !== undefined) {
    // The compiler answers with the bare name when it does not find the file.
    const { output } = await run([compiler, `-print-file-name=${library}`]);
    return output.trim() !== library;
  }
  return true;
}

/** What is wrong with a compiler that is too old; undefined for others. */
export async function compilerComplaint(): Promise<string | undefined> {
  const { output } = await run(["c++", "-dM", "-E", "-x", "c++", "/dev/null"]);
  if (output.includes("__clang__")) return undefined;
  const version = Number(/#define __GNUC__ (\d+)/.exec(output)?.[1] ?? oldestGcc);
  if (version >= oldestGcc) return undefined;
  return `Expected g++ ${oldestGcc} or newer but found g++ ${version}. ` +
    "Install a newer one and let `c++` be it (or set CXX).";
}

/**
 * Installs Debian packages, as root, for a task. Throws {@link SetupError} when it can't, and {@link UnavailableError} when
 * the archive doesn't answer or lacks one.
 */
export async function installPackages(packages: string[], task = "deno task setup"): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
  // An unreachable source fails the update, but may not matter: the installation decides.
  const update = await run(["apt-get", ...options, "update"], undefined, env);
  const install = await run(
    ["apt-get", ...options, "install", "-y", "--no-install-recommends", ...packages],
    undefined,
    env,
  );
  if (install.success) return;
  const output = `${update.success ? "" : update.output}${install.output}`;
  const offline = /Temporary failure|Could not (connect|resolve)|Unable to (connect|fetch)|Unable to locate/
    .test(output);
  const Failure = offline ? UnavailableError : SetupError;
  throw new Failure(
    `${output.trim().split("\n").slice(-20).join("\n")}\n\n` +
      `Expected to install ${packages.join(" ")} but apt-get failed (its last lines are above). ` +
      (offline
        ? `The package archive can't be reached or lacks a package: check the network and apt's sources, then run \`${task}\` again.`
        : `Fix what it says, then run \`${task}\` again.`),
  );
}

/** A set-up that can't go on; the message says what to do. */
export class SetupError extends Error {
  override name = "SetupError";
}

/** What is missing can't be had here: nothing that was tried is to blame. */
export class UnavailableError extends SetupError {
  override name = "UnavailableError";
}

/** The path of a program on the PATH, or undefined. */
export async function findCommand(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder || "."}/${name}`;
    try {
      const info = await Deno.stat(path);
      if (info.isFile && ((info.mode ?? 0) & 0o111) !== 0) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

async function run(command: string[], input?: string, env: Record<string, string> = {}) {
  const [program = "", ...args] = command;
  try {
    const child = new Deno.Command(program, {
      args,
      env,
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (input !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input));
      await writer.close();
    }
    const { success, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, output: String(error) };
  }
}
