import { readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { CremaError } from "../base/error.ts";
import type { Home } from "./home.ts";
import type { ProgramEntry } from "./write_program.ts";

/** The libraries of glibc: the only ones that a compiled file expects on its machine. */
const OF_GLIBC = /^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|anl|mvec|nsl|nss_.*))\.so/;

/** Libraries that Crema opens by name at run time. */
const OPENED = ["liblmdb.so.0"];

/**
 * The shared libraries that some programs and libraries need beyond the C library, for the folder lib/. Throws a CremaError
 * when one is not on this machine.
 */
export async function sharedLibraries(home: Home, users: readonly string[]): Promise<ProgramEntry[]> {
  if (home.unpacked !== undefined) {
    const folder = join(home.unpacked, "lib");
    return readdirSync(folder).map((name) => ({ path: `lib/${name}`, from: join(folder, name) }));
  }
  const found = new Map<string, string>();
  const known = await ldconfig();
  const queue = [...users];
  for (const name of OPENED) {
    const path = known.get(name);
    if (path === undefined) throw missing(name, "Crema");
    found.set(name, path);
    queue.push(path);
  }
  for (const user of queue) {
    for (const [name, path] of await needs(user)) {
      if (path === undefined) throw missing(name, user);
      if (!OF_GLIBC.test(name)) found.set(name, path);
    }
  }
  return [...found].map(([name, path]) => ({ path: `lib/${name}`, from: realpathSync(path) }));
}

/** The libraries that a program or library needs, directly or not: their paths by name. */
async function needs(file: string): Promise<Map<string, string | undefined>> {
  const text = await output("ldd", file);
  const found = new Map<string, string | undefined>();
  for (const [, name, path] of text.matchAll(/^\s+(\S+) => (?:(\/\S+)|not found)/gm)) {
    found.set(basename(name!), path);
  }
  return found;
}

/** The libraries that the system finds by name. */
async function ldconfig(): Promise<Map<string, string>> {
  const text = await output("/sbin/ldconfig", "-p");
  return new Map(
    [...text.matchAll(/^\s+(\S+) \([^)]*x86-64[^)]*\) => (\S+)$|^\s+(\S+) \([^)]*AArch64[^)]*\) => (\S+)$/gm)]
      .map(([, name, path, armName, armPath]) => [name ?? armName!, path ?? armPath!]),
  );
}

async function output(command: string, argument: string): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(command, { args: [argument], env: { LC_ALL: "C" } }).output();
    return new TextDecoder().decode(stdout);
  } catch (cause) {
    throw new CremaError(
      `Expected to run ${command}, to see what libraries are needed, but found: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function missing(name: string, user: string): CremaError {
  return new CremaError(`Expected the library ${name}, which ${user} needs, but found none`, {
    hint: "Run `deno task setup`.",
  });
}
