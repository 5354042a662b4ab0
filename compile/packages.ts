import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { CremaError } from "../base/error.ts";
import type { Home } from "./home.ts";
import type { ProgramEntry } from "./write_program.ts";

/** Files of a package that no program needs: types, maps, texts other than licences. */
const NOT_NEEDED = /\.d\.[cm]?ts$|\.map$|\.flow$|\.md$|\.markdown$|\.ts$/i;
const LICENCE = /licen[cs]e|notice|copying/i;

/** Which systems a package is for, as package.json says it. */
interface Platforms {
  os?: string[] | undefined;
  cpu?: string[] | undefined;
  libc?: string[] | undefined;
}

/** The parts of `deno info --json` that are used here. */
interface PackageInfo {
  npmPackages: Record<string, { name: string; version: string; localPath: string }>;
}

/** The npm packages that `entry` and its imports need on this machine, for app/node_modules. Throws a CremaError. */
export async function npmPackages(home: Home, entry: string): Promise<ProgramEntry[]> {
  if (home.unpacked !== undefined) {
    return filesBelow(join(home.root, "node_modules")).map((path) => ({
      path: `app/node_modules/${path}`,
      from: join(home.root, "node_modules", path),
    }));
  }
  const entries: ProgramEntry[] = [];
  for (const [name, folder] of await npmPackageFolders(home, entry)) {
    for (const path of filesBelow(folder)) {
      if (NOT_NEEDED.test(path) && !LICENCE.test(path)) continue;
      entries.push({ path: `app/node_modules/${name}/${path}`, from: join(folder, path) });
    }
  }
  return entries;
}

/** The folders of the npm packages that `entry`, in a checkout, and its imports need here, by name. Throws a CremaError. */
export async function npmPackageFolders(home: Home, entry: string): Promise<Map<string, string>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", join(home.root, "deno.json"), entry],
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) {
    throw new CremaError(
      `Expected to see what ${entry} imports but found: ${new TextDecoder().decode(stderr)}`,
    );
  }
  const { npmPackages } = JSON.parse(new TextDecoder().decode(stdout)) as PackageInfo;
  const versions = new Map<string, string>(), folders = new Map<string, string>();
  for (const { name, version, localPath } of Object.values(npmPackages)) {
    const manifest = join(localPath, "package.json");
    // A package for another system has a folder in the cache, which may be empty.
    if (!existsSync(manifest) || !isForHere(JSON.parse(readFileSync(manifest, "utf8")))) continue;
    const before = versions.get(name);
    if (before !== undefined && before !== version) {
      throw new CremaError(`Expected one version of the package ${name} but found ${before} and ${version}`);
    }
    versions.set(name, version);
    folders.set(name, localPath);
  }
  return folders;
}

/** The package.json of a compiled file, which names the packages of the import map. */
export function packageJson(imports: Record<string, string>): string {
  const dependencies: Record<string, string> = {};
  for (const target of Object.values(imports)) {
    const [, name, version] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(target) ?? [];
    if (name !== undefined) dependencies[name] = version!;
  }
  return `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
}

function isForHere({ os, cpu, libc }: Platforms): boolean {
  const allows = (list: string[] | undefined, value: string) =>
    list === undefined ||
    (list.includes(value) || list.every((each) => each.startsWith("!"))) && !list.includes(`!${value}`);
  return allows(os, "linux") && allows(cpu, Deno.build.arch === "x86_64" ? "x64" : "arm64") &&
    allows(libc, "glibc");
}

/** Paths of all files below a folder, relative to it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
