/**
 * `deno task install [--prefix <folder>]`: sets the checkout up, and puts a command `crema` into the folder's `bin` (by
 * default `~/.local/bin`) that runs this checkout from anywhere. With `--uninstall` it removes that command again.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { commandPath, installCommand, InstallError, pathAdvice, uninstallCommand } from "./command_shim.ts";
import { TESTED_DENO } from "./npm/npm_packages.ts";
import { buildRequirements, SetupError } from "./requirements.ts";
import { root } from "./root.ts";
import { setup } from "./setup.ts";

/** Does what the arguments say. Throws an {@link InstallError} or a {@link SetupError}. */
async function install(args: readonly string[]): Promise<void> {
  const { prefix, uninstall } = readArguments(args);
  if (uninstall) {
    const removed = await uninstallCommand({ root, prefix });
    console.log(removed === undefined ? `There is no ${commandPath({ prefix })}.` : `Removed ${removed}.`);
    return;
  }
  await setup(buildRequirements);
  const path = await installCommand({ root, prefix }, { deno: Deno.execPath(), version: TESTED_DENO });
  console.log(`Wrote ${path}, which runs the checkout ${root}.`);
  console.log(
    pathAdvice(path, Deno.env.get("PATH") ?? "", existsSync) ??
      "Run `crema --help`. `deno task install --uninstall` removes it.",
  );
}

function readArguments(args: readonly string[]): { prefix: string; uninstall: boolean } {
  let prefix: string | undefined, uninstall = false;
  const rest = args.flatMap((arg) => /^--prefix=/.test(arg) ? ["--prefix", arg.slice(9)] : [arg]);
  for (let i = 0; i < rest.length; i++) {
    if (rest[i] === "--uninstall") uninstall = true;
    else if (rest[i] === "--prefix" && (rest[i + 1] ?? "") !== "") prefix = rest[++i];
    else throw new InstallError(`Expected --prefix <folder> or --uninstall but found '${rest[i]}'.`);
  }
  if (prefix !== undefined) return { prefix: resolve(Deno.env.get("INIT_CWD") ?? ".", prefix), uninstall };
  const home = Deno.env.get("HOME");
  if (home === undefined || home === "") {
    throw new InstallError("Expected HOME to be set but found nothing. Name a folder with --prefix.");
  }
  return { prefix: join(home, ".local"), uninstall };
}

if (import.meta.main) {
  try {
    await install(Deno.args);
  } catch (error) {
    if (!(error instanceof InstallError || error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
