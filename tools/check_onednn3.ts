/**
 * Compiles the engine against the headers of oneDNN 3.x, as newer Debian releases have them.
 *
 * The headers come from Debian 13 through the machine's own apt mirror and are unpacked below build/, never
 * installed. Needs apt-get, dpkg and the network; nothing is linked or run.
 *
 *     deno run -A tools/check_onednn3.ts
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { join } from "node:path";
import { machineArchives } from "./debian_archives.ts";
import { root } from "./root.ts";
import { sourceFiles } from "./source_files.ts";

const suite = "trixie";
const folder = join(root, "build", "onednn3");
const headers = join(folder, "prefix", "usr", "include");

async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd: folder, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`${program} ${args[0]} failed:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  }
  return decoder.decode(stdout);
}

async function mirror(): Promise<string> {
  const [archive] = await machineArchives();
  if (archive === undefined) throw new Error("Expected a Debian archive in apt's sources but found none");
  return archive;
}

async function fetchHeaders(): Promise<void> {
  const present = await Deno.stat(join(headers, "oneapi/dnnl/dnnl.hpp")).then(() => true, () => false);
  if (present) return;
  for (const part of ["lists/partial", "cache/archives/partial", "prefix", "deb"]) {
    await Deno.mkdir(join(folder, part), { recursive: true });
  }
  await Deno.writeTextFile(
    join(folder, "sources.list"),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await mirror()} ${suite} main\n`,
  );
  const options = Object.entries({
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Sandbox::User": "root",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await run("apt-get", [...options, "-qq", "update"]);
  await run("apt-get", [...options, "-qq", "download", "libdnnl-dev"]);
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith(".deb")) await run("dpkg", ["-x", entry.name, "prefix"]);
  }
}

async function compile(file: string): Promise<boolean> {
  const { success, stderr } = await new Deno.Command("c++", {
    args: [
      "-fsyntax-only",
      "-std=c++20",
      "-fopenmp",
      "-Wall",
      "-Wextra",
      '-DCREMA_VERSION="0"',
      ...(file.endsWith("_avx2.cc") ? ["-mavx2", "-mfma"] : []),
      ...(file.endsWith("_avx512.cc")
        ? ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mfma"]
        : []),
      "-I",
      root,
      "-isystem",
      headers,
      "-isystem",
      join(root, "build/engine/generated"),
      join(root, file),
    ],
    stdin: "null",
  }).output();
  if (!success) console.error(new TextDecoder().decode(stderr));
  return success;
}

async function main(): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  try {
    await fetchHeaders();
  } catch (error) {
    console.error(
      `${error}\n\nExpected to fetch Debian ${suite}'s libdnnl-dev but could not; nothing was checked.`,
    );
    Deno.exit(2);
  }
  const version = await Deno.readTextFile(join(headers, "oneapi/dnnl/dnnl_version.h"));
  const [, major, minor] = /MAJOR (\d+)[\s\S]*?MINOR (\d+)/.exec(version) ?? [];
  if (major !== "3") throw new Error(`Expected oneDNN 3 but found ${major}.${minor}`);
  const files = (await sourceFiles(root, [".cc"]))
    .filter((file) => /^engine\/(?:embedded|shared)\//.test(file));
  const queue = [...files];
  let failed = 0;
  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      if (!await compile(file)) failed++;
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  console.log(`${files.length - failed} of ${files.length} files compile against oneDNN ${major}.${minor}`);
  if (failed > 0 || files.length === 0) Deno.exit(1);
}

if (import.meta.main) await main();
