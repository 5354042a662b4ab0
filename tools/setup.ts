/**
 * `deno task setup`: installs what the system lacks, then builds the engine. Quick when nothing changed.
 *
 * As root on Debian or Ubuntu it installs missing packages; otherwise it prints the command that does. With `--checks`
 * it also installs what `deno task ok` needs. Several may run at once: one works, the others wait.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { buildEngine, engineLibrary, launcher } from "./engine_build.ts";
import {
  buildRequirements,
  checkRequirements,
  compilerComplaint,
  findCommand,
  installPackages,
  missingRequirements,
  type Requirement,
  SetupError,
} from "./requirements.ts";
import { root } from "./root.ts";

/** Sets everything up. Throws {@link SetupError} when it can't. */
export async function setup(requirements: Requirement[] = buildRequirements): Promise<void> {
  await Deno.mkdir(join(root, "build"), { recursive: true });
  using lock = await Deno.open(join(root, "build", "setup.lock"), { create: true, write: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another set-up of this checkout to end");
    await lock.lock(true);
  }
  await providePackages(requirements);
  await buildLibrary();
}

async function providePackages(requirements: Requirement[]): Promise<void> {
  let missing = await missingRequirements(requirements);
  if (missing.length > 0) {
    let packages = missing.map((requirement) => requirement.package);
    if (await findCommand("apt-get") === undefined) {
      throw new SetupError(
        `Expected the programs and libraries of the Debian packages ${
          packages.join(" ")
        } but they are missing. ` +
          "Install what your system calls them, then run `deno task setup` again.",
      );
    }
    // Without a compiler, libraries can't be checked: ask for all of them, since apt leaves what is there.
    if (packages.includes("g++")) packages = requirements.map((requirement) => requirement.package);
    if (Deno.uid() !== 0) {
      throw new SetupError(
        "Expected some Debian packages but they are missing. Run this, then the same task again:\n\n" +
          `    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${
            packages.join(" ")
          }\n`,
      );
    }
    console.error(`Installing ${packages.join(" ")}`);
    const start = performance.now();
    await installPackages(packages);
    console.error(`Installed in ${seconds(start)}`);
    missing = await missingRequirements(requirements);
    if (missing.length > 0) {
      throw new SetupError(
        `Expected ${missing.map((requirement) => requirement.package).join(" ")} to be usable after their ` +
          "installation but they are not found. Is another compiler or PATH in use?",
      );
    }
  }
  const complaint = await compilerComplaint();
  if (complaint !== undefined) throw new SetupError(complaint);
}

async function buildLibrary(): Promise<void> {
  const start = performance.now();
  const terminal = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  let built = false;
  await buildEngine(engineLibrary, (done, total) => {
    if (terminal) Deno.stderr.writeSync(encoder.encode(`\r\x1b[KBuilding the engine ${done}/${total}`));
    else if (!built) console.error(`Building the engine, ${total} steps`);
    built = true;
  });
  await buildEngine(launcher, () => {});
  if (built) console.error(`${terminal ? "\r\x1b[K" : ""}Built the engine in ${seconds(start)}`);
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
  try {
    const checks = Deno.args.includes("--checks");
    await setup(checks ? [...buildRequirements, ...checkRequirements] : buildRequirements);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
