/**
 * `deno task libcaffe`: brings real libcaffe into build/libcaffe and builds the engine "libcaffe" over it. Quick when
 * nothing changed; needs no root and installs nothing into the system.
 *
 * A Caffe of your own is used instead when LIBCAFFE_ROOT names its prefix (which holds include/ and lib/); LIBCAFFE_FLAGS
 * adds compiler flags that its headers need. `--unverified` takes Debian's packages without checking their signatures.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join, resolve } from "node:path";
import { buildEngine, root } from "./engine_build.ts";
import { bringLibcaffe } from "./libcaffe_packages.ts";
import { compilerComplaint, findCommand, SetupError } from "./requirements.ts";

/** Where it all happens. */
const folder = join(root, "build", "libcaffe");

/** The library that `--engine libcaffe` loads. */
const library = join(folder, "libcrema_libcaffe.so");

/** Provides libcaffe and builds the shim. Throws {@link SetupError} when it can't. */
export async function provideLibcaffe(options: { unverified: boolean }): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(join(folder, "lock"), { create: true, write: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another `deno task libcaffe` of this checkout to end");
    await lock.lock(true);
  }
  for (const command of ["c++", "cmake", "ninja"]) {
    if (await findCommand(command) === undefined) {
      throw new SetupError(
        `Expected ${command} but found none. Run \`deno task setup\` first: it brings what the builds need.`,
      );
    }
  }
  const complaint = await compilerComplaint();
  if (complaint !== undefined) throw new SetupError(complaint);

  const own = Deno.env.get("LIBCAFFE_ROOT");
  await build(own ? ownCaffe(resolve(own)) : await debianCaffe(options.unverified));
}

/** CMake's options for a Caffe of the user's. */
function ownCaffe(prefix: string): string[] {
  return [
    `LIBCAFFE_ROOT=${prefix}`,
    `LIBCAFFE_VERSION=of ${prefix}`,
    "LIBCAFFE_OWN=ON",
    `LIBCAFFE_FLAGS=${Deno.env.get("LIBCAFFE_FLAGS") ?? ""}`,
  ];
}

/** Brings Debian's Caffe; CMake's options for it. */
async function debianCaffe(unverified: boolean): Promise<string[]> {
  const start = performance.now();
  const { prefix, version, fresh } = await bringLibcaffe(folder, { unverified, progress: console.error });
  if (fresh) console.error(`Brought libcaffe ${version} in ${seconds(start)}`);
  return [`LIBCAFFE_ROOT=${join(prefix, "usr")}`, `LIBCAFFE_VERSION=${version}`];
}

async function build(options: string[]): Promise<void> {
  const start = performance.now();
  let built = false;
  await buildEngine(
    { source: "ffi/libcaffe", folder: "build/libcaffe/cmake", target: "crema_libcaffe", options },
    (_, total) => {
      if (!built) console.error(`Building the engine "libcaffe", ${total} steps`);
      built = true;
    },
  );
  const made = join(folder, "cmake", "libcrema_libcaffe.so");
  if (built || !await exists(library)) {
    await Deno.copyFile(made, `${library}.tmp`);
    await Deno.rename(`${library}.tmp`, library);
  }
  await tryLoading();
  if (built) console.error(`Built the engine "libcaffe" in ${seconds(start)}`);
}

/** Loads the library in another process, so that a missing library of a library is said now. */
async function tryLoading(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `Deno.dlopen(${JSON.stringify(library)}, {})`],
    stdin: "null",
  }).output();
  if (success) return;
  throw new SetupError(
    `${new TextDecoder().decode(stderr).trim()}\n\n` +
      `Expected ${library} to load but it does not (the reason is above). ` +
      "A library that is missing comes with the Caffe that it was built with; install it, or remove build/libcaffe " +
      "and run `deno task libcaffe` again.",
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
  try {
    await provideLibcaffe({ unverified: Deno.args.includes("--unverified") });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
