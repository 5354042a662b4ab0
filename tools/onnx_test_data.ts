/**
 * `deno task onnx-test-data`: fetches ONNX's own test cases, Debian's package libonnx-testdata, into
 * build/onnx-testdata. Downloaded by the machine's apt and unpacked, never installed; needs no root. Quick when they are
 * there.
 *
 * It exits with 0 when the cases are there, and with 3 when apt has no such package or can't reach its archive: the tests
 * that read them are ignored then.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { existsSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "./requirements.ts";
import { root } from "./root.ts";

/** The package. It depends on nothing. */
const PACKAGE = "libonnx-testdata";

/** The exit status when the cases can't be had. */
const ARCHIVE_STATUS = 3;

/** Where the package's files are in a prefix. */
const CASES = "usr/share/libonnx-testdata/data/node";

/** Provides the cases. Returns why not, or undefined when they are there. */
export async function provideOnnxTestData(
  folder = join(root, "build", "onnx-testdata"),
): Promise<string | undefined> {
  const prefix = join(folder, "prefix");
  if (existsSync(`/${CASES}`) || existsSync(join(prefix, CASES))) return undefined;
  for (const command of ["apt-get", "dpkg-deb"]) {
    if (await findCommand(command) === undefined) return `Expected ${command} but found none`;
  }
  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(join(folder, "lock"), { create: true, write: true });
  await lock.lock(true);
  if (existsSync(join(prefix, CASES))) return undefined;
  const download = join(folder, "download");
  await Deno.remove(download, { recursive: true }).catch(() => {}); // it may not be there
  await Deno.mkdir(download);
  try {
    let output = await run("apt-get", ["-q", "download", PACKAGE], download);
    // Without package lists, as in a new container, apt knows no package; as root they can be had.
    if (output !== undefined && Deno.uid() === 0) {
      output = await run("apt-get", ["-q", "update"], download) ??
        await run("apt-get", ["-q", "download", PACKAGE], download);
    }
    const archive = [...Deno.readDirSync(download)].find(({ name }) => name.endsWith(".deb"))?.name;
    if (archive === undefined) {
      return `Expected to download ${PACKAGE} but apt-get said: ${output ?? "nothing"}`;
    }
    const partial = `${prefix}.partial`;
    await Deno.remove(partial, { recursive: true }).catch(() => {});
    const complaint = await run("dpkg-deb", ["-x", archive, partial], download);
    if (complaint !== undefined) return `Expected to unpack ${archive} but dpkg-deb said: ${complaint}`;
    await Deno.rename(partial, prefix);
    return undefined;
  } finally {
    await Deno.remove(download, { recursive: true });
  }
}

/** Runs a program; returns its last lines if it fails. */
async function run(program: string, args: string[], cwd: string): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").slice(-4).join("\n");
}

if (import.meta.main) {
  const complaint = await provideOnnxTestData();
  if (complaint === undefined) Deno.exit(0);
  console.error(complaint);
  Deno.exit(ARCHIVE_STATUS);
}
