/**
 * `deno task browser`: provides Chromium, in which the tests look at the live page. As root on Debian or Ubuntu it installs
 * the package; elsewhere it says what to do. Quick when it is there.
 *
 * It exits with 0 when Chromium is there, with 3 when it can't be had (no apt-get, not root, no archive), and with 1 when
 * anything else went wrong.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import {
  findCommand,
  installPackages,
  type Requirement,
  SetupError,
  UnavailableError,
} from "./requirements.ts";

/** What the tests of the page need. */
const chromium: Requirement & { command: string } = { package: "chromium", command: "chromium" };

/** The exit status when it can't be had. */
const UNAVAILABLE_STATUS = 3;

/** The path of Chromium: `$CREMA_CHROMIUM`, or on the PATH; undefined if there is none. */
export async function findChromium(): Promise<string | undefined> {
  return Deno.env.get("CREMA_CHROMIUM") || await findCommand(chromium.command);
}

/** Provides Chromium. Throws a {@link SetupError} when it can't. */
export async function provideBrowser(): Promise<void> {
  if (await findChromium() !== undefined) return;
  if (await findCommand("apt-get") === undefined || Deno.uid() !== 0) {
    throw new UnavailableError(
      "Expected Chromium but found none. Install your system's package (on Debian, as root: " +
        `apt-get install ${chromium.package}), or name another one in CREMA_CHROMIUM.`,
    );
  }
  console.error(`Installing ${chromium.package}`);
  await installPackages([chromium.package], "deno task browser");
  if (await findChromium() === undefined) {
    throw new SetupError(`Expected ${chromium.command} on the PATH after its installation but found none.`);
  }
}

if (import.meta.main) {
  try {
    await provideBrowser();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(error instanceof UnavailableError ? UNAVAILABLE_STATUS : 1);
  }
}
