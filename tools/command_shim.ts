import { delimiter, dirname, join, resolve } from "node:path";

/** A command that can't be installed or removed; the message says why, and what to do. */
export class InstallError extends Error {}

/** What to install, and where. */
export interface CommandShim {
  /** The checkout that the command runs. */
  root: string;
  /** The folder whose `bin` has the command. */
  prefix: string;
}

/** The first lines of every file that {@link installCommand} writes. */
const BEGIN = "#!/bin/sh\n# The crema command of a checkout, written by `deno task install`. Root: ";

/** Where the command is. */
export function commandPath({ prefix }: Pick<CommandShim, "prefix">): string {
  return join(resolve(prefix), "bin", "crema");
}

/**
 * Writes a shell script that runs the checkout's command, from any folder, with the Deno at `deno`, else the one on the
 * PATH, else the one that npx fetches (`version`). An older script of the same kind is replaced. Returns its path. Throws
 * an {@link InstallError} when another file has that name, or it can't be written.
 */
export async function installCommand(
  shim: CommandShim,
  { deno, version }: { deno: string; version: string },
): Promise<string> {
  const path = commandPath(shim), { root } = shim;
  const found = await ownerOf(path);
  if (found === "other") {
    throw new InstallError(
      `Expected no other file at ${path} but found one that \`deno task install\` did not write. ` +
        "Move it away, or install elsewhere with --prefix.",
    );
  }
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${Deno.pid}`;
    await Deno.writeTextFile(beside, shimText(root, deno, version), { mode: 0o755 });
    await Deno.chmod(beside, 0o755);
    await Deno.rename(beside, path);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new InstallError(`Expected to write ${path} but found: ${reason}. Choose a folder with --prefix.`, {
      cause,
    });
  }
  return path;
}

/**
 * Removes the command of a checkout. Returns its path, or undefined if there was none. Throws an {@link InstallError}
 * for a file that is not that.
 */
export async function uninstallCommand(shim: CommandShim): Promise<string | undefined> {
  const path = commandPath(shim), found = await ownerOf(path);
  if (found === undefined) return undefined;
  if (found === "other") {
    throw new InstallError(
      `Expected a command that \`deno task install\` wrote at ${path} but found another file. It is left there.`,
    );
  }
  if (found.root !== shim.root) {
    throw new InstallError(
      `Expected the command of this checkout at ${path} but found that of ${found.root}. It is left there: ` +
        "run `deno task install --uninstall` in that checkout, or remove the file.",
    );
  }
  await Deno.remove(path);
  return path;
}

/**
 * What to do so that the shell finds a command: undefined if it finds this one.
 *
 * ```ts
 * import { pathAdvice } from "./command_shim.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(pathAdvice("/home/me/.local/bin/crema", "/usr/bin:/home/me/.local/bin", () => false), undefined);
 * ```
 */
export function pathAdvice(
  path: string,
  searched: string,
  exists: (path: string) => boolean,
): string | undefined {
  const folder = dirname(path);
  const folders = searched.split(delimiter).filter((each) => each !== "").map((each) => resolve(each));
  const at = folders.indexOf(folder);
  if (at < 0) {
    return `${folder} is not on the PATH. Add this line to ~/.profile (or your shell's own file), and log in again:\n\n` +
      `    export PATH=${quoted(folder)}:"$PATH"\n`;
  }
  const hidden = folders.slice(0, at).map((each) => join(each, "crema")).find(exists);
  return hidden === undefined
    ? undefined
    : `The shell runs ${hidden} instead, which comes before it on the PATH. Remove that, or change the order.`;
}

/** Whose a file is: the checkout that it runs, "other" for one that is no such script, undefined for none. */
async function ownerOf(path: string): Promise<{ root: string } | "other" | undefined> {
  try {
    if (!(await Deno.lstat(path)).isFile) return "other";
    const text = await Deno.readTextFile(path);
    if (!text.startsWith(BEGIN)) return "other";
    return { root: JSON.parse(text.slice(BEGIN.length).split("\n", 1)[0]!) as string };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return "other";
  }
}

function shimText(root: string, deno: string, version: string): string {
  return `${BEGIN}${JSON.stringify(root)}
# \`deno task install --uninstall\` there removes it.
root=${quoted(root)}
deno=${quoted(deno)}
if [ ! -f "$root/cli/main.ts" ]; then
  echo "error: Expected a checkout of Crema at $root but found none. Run 'deno task install' in it again." >&2
  exit 1
fi
# Left by npx or another task, it would be taken for the user's folder.
unset INIT_CWD
[ -x "$deno" ] || deno=$(command -v deno) || deno=
set -- run --allow-all --config "$root/deno.json" "$root/cli/main.ts" "$@"
if [ -n "$deno" ]; then
  exec "$deno" "$@"
fi
exec npx -y deno@${version} "$@"
`;
}

/** A word of the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
