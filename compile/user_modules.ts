import { dirname, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CremaError } from "../base/error.ts";
import { sourceBytes } from "../script/modules/hash_module.ts";
import { moduleGraph } from "../script/modules/module_graph.ts";
import type { ProgramEntry } from "./write_program.ts";

/** Modules that are not Crema's, as they go into a program. */
export interface UserModules {
  /** The modules, below app/user/ and app/remote/. */
  entries: ProgramEntry[];
  /** Each one's path from app/, by its URL. */
  paths: Map<string, string>;
  /** The import map's entries for modules by URL. */
  imports: Record<string, string>;
}

/**
 * Collects modules with all that they import by a literal name, and `others`, the paths of files that are not modules. Files
 * keep their places relative to each other below app/user/, and modules by URL below app/remote/. Throws a CremaError when
 * one can't be read.
 */
export async function userModules(
  urls: readonly string[],
  others: readonly string[] = [],
): Promise<UserModules> {
  const roots = new Map<string, string>();
  const all = new Set(others.map((path) => pathToFileURL(path).href));
  for (const url of urls) {
    const { root, modules, packages, faults } = await moduleGraph(url);
    const [fault] = faults;
    if (fault !== undefined) throw new CremaError(`Expected to read ${fault[0]} but found: ${fault[1]}`);
    for (const name of packages.keys()) checkPackage(name, url);
    roots.set(url, root);
    for (const module of modules) all.add(module);
  }
  const files = [...all].filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  const folder = commonFolder(files);
  const result: UserModules = { entries: [], paths: new Map(), imports: {} };
  for (const url of [...all].sort()) {
    const path = url.startsWith("file:") ? `user/${relative(folder, fileURLToPath(url))}` : remotePath(url);
    const before = result.entries.find((entry) => entry.path === `app/${path}`);
    if (before !== undefined) {
      throw new CremaError(`Expected modules of different paths but found two at ${path}`);
    }
    result.entries.push({ path: `app/${path}`, from: new Uint8Array(await sourceBytes(url)) });
    result.paths.set(url, path);
    if (!url.startsWith("file:")) result.imports[url] = `./${path}`;
  }
  for (const [url, root] of roots) {
    const path = result.paths.get(root)!;
    result.paths.set(url, path);
    if (!url.startsWith("file:")) result.imports[url] = `./${path}`; // the URL was redirected
  }
  return result;
}

/** Throws for a package: a program has only those that Crema itself uses. */
function checkPackage(name: string, url: string): void {
  if (!name.startsWith("npm:") && !name.startsWith("jsr:")) return;
  throw new CremaError(`Expected modules without packages of their own but found '${name}' in ${url}`, {
    hint:
      "Bundle it into the module (`deno bundle`), or use one that Crema has: zod, sharp, protobufjs, csv-parse.",
  });
}

function remotePath(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `remote/${protocol.slice(0, -1)}/${host.replace(":", "_")}${
    pathname.endsWith("/") ? `${pathname}index` : pathname
  }`;
}

/** The deepest folder that holds all files. */
function commonFolder(files: readonly string[]): string {
  let common = files[0] === undefined ? "" : dirname(files[0]);
  for (const file of files) {
    while (!`${dirname(file)}${sep}`.startsWith(`${common === sep ? "" : common}${sep}`)) {
      common = dirname(common);
    }
  }
  return common;
}
