import { dirname, join } from "node:path";
import type { Finished } from "./run_crema.ts";
import { runProgram } from "./run_program.ts";

/** What an empty root contains: a shell, and the C library, which the shell and programs are linked with. */
const FILES = ["/bin/sh"];
const LIBRARIES = ["c", "m", "dl", "pthread", "rt"].map((name) => new RegExp(`^lib${name}\\.so\\.\\d+$`));

/** Whether this user may make namespaces and roots: as root, or as one who may become root in a namespace. */
export async function canMakeRoots(): Promise<boolean> {
  return (await unshared(["true"]).catch(() => ({ code: 1 }))).code === 0; // it may not be installed
}

/** Puts a shell and the C library into a folder, which can then be a root. */
export async function makeEmptyRoot(root: string): Promise<void> {
  const files = [...FILES, ...await loaderAndLibraries()];
  for (const file of files) {
    const to = join(root, file);
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.copyFile(await Deno.realPath(file), to);
  }
  await Deno.mkdir(join(root, "proc"));
  await Deno.mkdir(join(root, "dev"));
  await Deno.writeTextFile(join(root, "dev/null"), "");
}

/**
 * Runs a shell's command in a root of its own, with /proc, /dev/null and what was put there; without network, other
 * processes, and variables but PATH.
 */
export async function runInRoot(
  root: string,
  command: string,
  { stdin, readOnly = false }: { stdin?: Uint8Array<ArrayBuffer>; readOnly?: boolean } = {},
): Promise<Finished> {
  const close = readOnly ? `mount --bind '${root}' '${root}' && mount -o remount,bind,ro '${root}' && ` : "";
  const inner =
    `${close}mount -t proc proc '${root}/proc' && exec env -i PATH=/bin /usr/sbin/chroot '${root}' ` +
    `/bin/sh -c "$0"`;
  return await unshared(["sh", "-c", inner, command], stdin);
}

async function unshared(command: readonly string[], stdin?: Uint8Array<ArrayBuffer>): Promise<Finished> {
  const own = Deno.uid() === 0 ? [] : ["--map-root-user"];
  return await runProgram("unshare", [...own, "--net", "--mount", "--pid", "--fork", ...command], { stdin });
}

/** Paths of the loader and the C library, as the shell names them. */
async function loaderAndLibraries(): Promise<string[]> {
  const { stdout } = await new Deno.Command("ldd", { args: ["/bin/sh"] }).output();
  const paths = [...new TextDecoder().decode(stdout).matchAll(/(\/\S+)/g)].map(([path]) => path);
  const libraries = paths.find((path) => /\/libc\.so\.\d+$/.test(path));
  if (libraries === undefined) {
    throw new Error(`Expected the C library among ${paths.join(", ")} but found none`);
  }
  const folder = dirname(libraries);
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (LIBRARIES.some((pattern) => pattern.test(name)) && !paths.includes(path)) paths.push(path);
  }
  return paths;
}
