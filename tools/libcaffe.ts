/**
 * `deno task libcaffe`: fetches real libcaffe into build/libcaffe and builds the engine "libcaffe" over it. Quick when
 * nothing changed; needs no root and installs nothing into the system.
 *
 * A Caffe of your own is used instead when LIBCAFFE_ROOT names its prefix (which holds include/ and lib/); LIBCAFFE_FLAGS
 * adds compiler flags that its headers need. `--unverified` takes Debian's packages without checking their signatures;
 * `--folder` fetches and builds everything elsewhere, for `--engine FOLDER/libcrema_libcaffe.so`.
 *
 * It exits with 0 when the engine is there, with 3 when no archive answered or had the packages any more, and with 1 when
 * anything else went wrong.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { buildEngine } from "./engine_build.ts";
import { ArchiveError, fetchLibcaffe } from "./libcaffe_packages.ts";
import { compilerComplaint, findCommand, SetupError } from "./requirements.ts";
import { root } from "./root.ts";

/** What `--engine libcaffe` loads, in this folder. */
const usualFolder = join(root, "build", "libcaffe");

/** The exit status when the archive is to blame. */
const ARCHIVE_STATUS = 3;

/** How to provide libcaffe. */
export interface LibcaffeOptions {
  /** Takes packages whose signatures can't be checked. */
  unverified: boolean;
  /** The folder for the packages and the build. */
  folder: string;
}

/** Provides libcaffe and builds the shim. Throws {@link SetupError} when it can't. */
export async function provideLibcaffe({ unverified, folder }: LibcaffeOptions): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(join(folder, "lock"), { create: true, write: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another `deno task libcaffe` of this checkout to end");
    await lock.lock(true);
  }
  for (const command of ["c++", "cmake", "ninja"]) {
    if (await findCommand(command) === undefined) {
      throw new SetupError(
        `Expected ${command} but found none. Run \`deno task setup\` first: it installs what the builds need.`,
      );
    }
  }
  const complaint = await compilerComplaint();
  if (complaint !== undefined) throw new SetupError(complaint);

  const own = Deno.env.get("LIBCAFFE_ROOT");
  if (own) {
    console.error(
      "If your Caffe has layers with parameters of their own, set CREMA_PROTO to its caffe.proto (docs/libcaffe.md)",
    );
  }
  await build(folder, own ? ownCaffe(resolve(own)) : await debianCaffe(folder, unverified));
}

/** CMake's options for the user's own Caffe. */
function ownCaffe(prefix: string): string[] {
  return [
    `LIBCAFFE_ROOT=${prefix}`,
    `LIBCAFFE_VERSION=of ${prefix}`,
    "LIBCAFFE_OWN=ON",
    `LIBCAFFE_FLAGS=${Deno.env.get("LIBCAFFE_FLAGS") ?? ""}`,
  ];
}

/** Fetches Debian's Caffe. Returns CMake's options for it. */
async function debianCaffe(folder: string, unverified: boolean): Promise<string[]> {
  const start = performance.now();
  const { prefix, version, fresh } = await fetchLibcaffe(folder, { unverified, progress: console.error });
  if (fresh) console.error(`Fetched libcaffe ${version} in ${seconds(start)}`);
  return [`LIBCAFFE_ROOT=${join(prefix, "usr")}`, `LIBCAFFE_VERSION=${version}`];
}

async function build(folder: string, options: string[]): Promise<void> {
  const start = performance.now();
  let built = false;
  await buildEngine(
    { source: "engine/libcaffe", folder: join(folder, "cmake"), target: "crema_libcaffe", options },
    (_, total) => {
      if (!built) console.error(`Building the engine "libcaffe", ${total} steps`);
      built = true;
    },
  );
  const made = join(folder, "cmake", "libcrema_libcaffe.so"), library = join(folder, "libcrema_libcaffe.so");
  if (built || !await exists(library)) {
    await Deno.copyFile(made, `${library}.tmp`);
    await Deno.rename(`${library}.tmp`, library);
  }
  await tryLoading(library);
  if (built) console.error(`Built the engine "libcaffe" in ${seconds(start)}`);
}

/** Loads the library in another process, so that a missing dependency is reported now. */
async function tryLoading(library: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `Deno.dlopen(${JSON.stringify(library)}, {})`],
    stdin: "null",
  }).output();
  if (success) return;
  throw new SetupError(
    `${new TextDecoder().decode(stderr).trim()}\n\n` +
      `Expected ${library} to load but it does not (the reason is above). ` +
      "A missing library comes with the Caffe that this one was built with; install it, or remove " +
      `${dirname(library)} and run \`deno task libcaffe\` again.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
  const { folder, unverified = false } = new Command("libcaffe")
    .option("--unverified", "take Debian's packages without checking their signatures")
    .option("--folder <path>", "where to fetch and build everything", usualFolder)
    .parse()
    .opts<{ unverified?: boolean; folder: string }>();
  try {
    await provideLibcaffe({ unverified, folder: resolve(folder) });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(error instanceof ArchiveError ? ARCHIVE_STATUS : 1);
  }
}
