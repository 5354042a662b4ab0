import { join } from "node:path";
import { CremaError } from "../base/error.ts";
import { OWN_FOLDERS } from "../base/own_folders.ts";
import type { Home } from "./home.ts";
import { javaScriptOf } from "./javascript.ts";
import { TEXT_FILES } from "./loaded_files.ts";
import { filesBelow, packageJson } from "./packages.ts";
import type { ProgramEntry } from "./write_program.ts";

const SOURCE = /\.(ts|js)$/;

/** Packages that only tests and tools import. */
export const NOT_NEEDED: ReadonlySet<string> = new Set([
  "fast-check",
  "onnxruntime-node",
  "playwright-core",
  "typescript",
]);

/** The engine and the launcher, from the root. */
const BUILT = ["build/engine/libcrema_engine.so", "build/launcher/crema_launcher"];

/** The parts of deno.json that are used here. */
interface Config {
  name: string;
  version: string;
  license: string;
  exports: Record<string, string>;
  imports: Record<string, string>;
  compilerOptions: object;
}

/** Crema's own modules as JavaScript, its engine and its launcher, for app/. Throws a CremaError when they were not built. */
export async function ownModules(
  home: Home,
  moreImports: Record<string, string> = {},
): Promise<ProgramEntry[]> {
  const { root } = home;
  if (home.isPackage) {
    throw new CremaError("Expected a checkout or a compiled crema to compile from but found the npm package");
  }
  const folders = OWN_FOLDERS.flatMap((folder) =>
    filesBelow(join(root, folder)).map((path) => `${folder}/${path}`).filter((path) => SOURCE.test(path))
  );
  const sources = [home.unpacked === undefined ? "mod.ts" : "mod.js", "LICENSE", ...TEXT_FILES, ...folders];
  const isTypeScript = (path: string) => path.endsWith(".ts");
  const entries: ProgramEntry[] = sources.filter((path) => !isTypeScript(path)).map((path) => ({
    path: `app/${path}`,
    from: join(root, path),
  }));
  const text = (source: string) => new TextEncoder().encode(source);
  for (const [path, source] of await javaScriptOf(root, sources.filter(isTypeScript))) {
    entries.push({ path: `app/${path}`, from: text(source) });
  }
  for (const path of BUILT) {
    const from = join(root, path);
    await Deno.stat(from).catch((cause) => {
      throw new CremaError(`Expected ${from} but found none`, { hint: "Run `deno task setup`.", cause });
    });
    entries.push({ path: `app/${path}`, from, executable: path.endsWith("launcher") });
  }
  const config: Config = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const { name, version, license, exports, imports, compilerOptions } = config;
  const own = ownImports(imports);
  const appConfig = {
    ...{ name, version, license, exports: ofJavaScript(exports), compilerOptions },
    imports: { ...ofJavaScript(own), ...moreImports },
    lock: false,
    nodeModulesDir: "manual",
  };
  entries.push({ path: "app/deno.json", from: text(`${JSON.stringify(appConfig, null, 2)}\n`) });
  entries.push({ path: "app/package.json", from: text(packageJson(own)) });
  return entries;
}

/** An import map, or exports, with modules' paths changed to those of JavaScript. */
function ofJavaScript(paths: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, path.replace(/^(\.\/.*)\.ts$/, "$1.js")]),
  );
}

/** The import map without packages of tests and tools, and without entries that a compiled file added for its program. */
function ownImports(imports: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).filter(([name, target]) =>
      !NOT_NEEDED.has(name) && !/^\.\/(user|remote)\//.test(target)
    ),
  );
}
