/**
 * Fetches Debian's libcaffe into a private prefix: downloaded with a private apt root, unpacked, never installed.
 *
 * Debian 11 (bullseye) was the last release with Caffe; its packages run on newer systems as they are. Needs no root.
 *
 * @module
 */

import { join } from "node:path";
import { machineArchives } from "./debian_archives.ts";
import { findCommand, SetupError } from "./requirements.ts";

/** What was fetched, and where it is. */
export interface LibcaffePackages {
  /** The prefix: its `usr` holds `include` and `lib`. */
  prefix: string;
  /** Version of Debian's package, "1.0.0+git20180821.99bd997-8" for example. */
  version: string;
  /** Whether it was fetched now; false if it was there already. */
  fresh: boolean;
}

/** How to fetch it. */
export interface LibcaffePackagesOptions {
  /** Takes packages whose signatures can't be checked. */
  unverified: boolean;
  /** Is called with a few words at each stage. */
  progress: (stage: string) => void;
}

/** No archive answered, or none has the suite any more: nothing on this machine is to blame. */
export class ArchiveError extends SetupError {
  override name = "ArchiveError";
}

const suite = "bullseye";

/** Is increased when what is unpacked changes, so that an older prefix is made again. */
const layout = 1;

const wanted = [
  "libcaffe-dev",
  "caffe",
  "libprotobuf-dev",
  "libboost-dev",
  "libgoogle-glog-dev",
  "libgflags-dev",
  "libopenblas0-pthread",
  "libblas-dev", // for cblas.h, which Caffe's headers include
];

/**
 * Packages that stay out of the prefix: the C library, the compilers' runtimes and base programs. Their old versions
 * would get in the way of the system's own.
 */
const leftOut =
  /^(libc6|libc-bin|libc-dev-bin|libc6-dev|libcrypt1|libcrypt-dev|libnsl-dev|libtirpc-dev|linux-libc-dev|gcc-.*-base|libgcc-s1|libgcc-.*-dev|libstdc\+\+.*|libgomp1|libquadmath0|libatomic1|lib[almtu]*san[0-9]|libitm1|perl|perl-base|perl-modules-.*|libperl.*|python3.*|dpkg|coreutils|tar|debconf|bash)$/;

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Public archives that hold the suite, tried after the machine's own. */
const publicArchives = ["http://deb.debian.org/debian", "http://archive.debian.org/debian"];

/** What apt-get says about an archive that does not answer, or has no such suite or package. */
const archiveIsGone =
  /could not (?:resolve|connect)|unable to connect|temporary failure|connection (?:failed|refused|reset|timed out)|(?:network|host) is unreachable|\b(?:40[34]|410|5\d\d)\s+[A-Z]|have a Release file|unable to locate package|no installation candidate/i;

/**
 * Fetches the packages into `folder`; quick when they are there. Throws a {@link SetupError} that says what to do: an
 * {@link ArchiveError} where it is the archive's fault.
 */
export async function fetchLibcaffe(
  folder: string,
  options: LibcaffePackagesOptions,
): Promise<LibcaffePackages> {
  const prefix = join(folder, "prefix");
  const record = join(folder, "packages.json");
  const before = await readRecord(record);
  if (before?.layout === layout) return { prefix, version: before.version, fresh: false };

  for (const command of ["apt-get", "dpkg-deb"]) {
    if (await findCommand(command) === undefined) {
      throw new SetupError(
        `Expected ${command}, to fetch Debian's libcaffe, but found none. ` +
          "On this system build Caffe yourself, then run `LIBCAFFE_ROOT=<its prefix> deno task libcaffe`.",
      );
    }
  }
  const trust = await trustOption(options.unverified);
  const apt = join(folder, "apt");
  await removeIfThere(apt);
  const archives = await download(apt, trust, options.progress);
  options.progress(`Unpacking ${archives.length} packages`);
  const partial = `${prefix}.partial`;
  await removeIfThere(partial);
  await Deno.mkdir(partial, { recursive: true });
  await unpackAll(archives, partial);
  await removeIfThere(prefix);
  await Deno.rename(partial, prefix);

  const version = versionOf(archives, /\/libcaffe-(?:cpu-)?dev_([^_]+)_/);
  await Deno.writeTextFile(`${record}.tmp`, `${JSON.stringify({ layout, version })}\n`);
  await Deno.rename(`${record}.tmp`, record);
  await removeIfThere(apt);
  return { prefix, version, fresh: true };
}

async function trustOption(unverified: boolean): Promise<string> {
  if (unverified) return "trusted=yes";
  if (await Deno.stat(keyring).then(() => true, () => false)) return `signed-by=${keyring}`;
  throw new SetupError(
    `Expected Debian's signing keys at ${keyring} but found no such file. ` +
      "Install the package debian-archive-keyring, or take unverified packages: `deno task libcaffe --unverified`.",
  );
}

/** Downloads the packages and their dependencies. Returns the paths of the archives to unpack. */
async function download(
  apt: string,
  trust: string,
  progress: (stage: string) => void,
): Promise<string[]> {
  for (const part of ["state/lists/partial", "cache/archives/partial"]) {
    await Deno.mkdir(join(apt, part), { recursive: true });
  }
  await Deno.writeTextFile(join(apt, "state/status"), "");
  // Read after the machine's own configuration, which knows its proxies; its hooks are for its own package lists.
  await Deno.writeTextFile(
    join(apt, "apt.conf"),
    `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
Dir::Etc::SourceList "${join(apt, "sources.list")}";
Dir::Etc::SourceParts "-";
Dir::Etc::PreferencesParts "-";
Dir::State "${join(apt, "state")}";
Dir::State::status "${join(apt, "state/status")}";
Dir::Cache "${join(apt, "cache")}";
APT::Install-Recommends "false";
APT::Sandbox::User "";
APT::Keep-Downloaded-Packages "true";
Acquire::Retries "3";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Debug::NoLocking "true";
`,
  );
  const options = ["-c", join(apt, "apt.conf"), "-q"];
  const complaints: string[] = [];
  for (const archive of new Set([...await machineArchives(), ...publicArchives])) {
    progress(`Fetching the package list of ${suite} from ${archive}`);
    await Deno.writeTextFile(join(apt, "sources.list"), `deb [${trust}] ${archive} ${suite} main\n`);
    const update = await run("apt-get", [...options, "-o", "APT::Update::Error-Mode=any", "update"]);
    if (!update.success) {
      complaints.push(update.output);
      continue;
    }
    progress("Fetching libcaffe and what it needs (about 110 MB)");
    const fetch = await run("apt-get", [...options, "-y", "--download-only", "install", ...wanted]);
    if (!fetch.success) {
      complaints.push(fetch.output);
      continue;
    }
    const folder = join(apt, "cache/archives");
    const archives: string[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".deb") && !leftOut.test(name.split("_")[0]!)) archives.push(join(folder, name));
    }
    return archives.sort();
  }
  const gone = complaints.every((output) => archiveIsGone.test(output) && !/no space left/i.test(output));
  throw new (gone ? ArchiveError : SetupError)(
    `${complaints.map(lastLines).join("\n")}\n\n` +
      `Expected to fetch libcaffe from Debian ${suite} but apt-get failed (its last lines are above). ` +
      "If the archive can't be reached, check the network and apt's sources, then run `deno task libcaffe` again; " +
      "if it no longer has the suite, build Caffe yourself and run `LIBCAFFE_ROOT=<its prefix> deno task libcaffe`. " +
      "The embedded engine needs none of this.",
  );
}

async function unpackAll(archives: string[], folder: string): Promise<void> {
  const queue = [...archives];
  const work = async () => {
    for (let archive = queue.shift(); archive !== undefined; archive = queue.shift()) {
      const { success, output } = await run("dpkg-deb", ["-x", archive, folder]);
      if (!success) throw new SetupError(`Expected to unpack ${archive} but dpkg-deb said: ${output}`);
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
}

function versionOf(archives: string[], pattern: RegExp): string {
  for (const archive of archives) {
    const version = pattern.exec(archive)?.[1];
    if (version !== undefined) return decodeURIComponent(version);
  }
  throw new SetupError("Expected the package libcaffe-dev among those fetched but found none.");
}

async function readRecord(path: string): Promise<{ layout: number; version: string } | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return undefined; // never made, or half made
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-8).join("\n");
}

async function run(program: string, args: string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
