import { join } from "node:path";
import { CremaError } from "../proto/error.ts";
import { MODULE_EXTENSION } from "../proto/module_extension.ts";
import type { Home } from "./home.ts";
import { filesBelow, packageJson } from "./packages.ts";
import type { ProgramEntry } from "./write_program.ts";

/** Folders of modules that run. */
const FOLDERS = ["cli", "compile", "data", "ffi", "layers", "proto", "train"];
const MODULE = /\.(ts|proto)$/;

/** Names that no module which runs imports. */
const NOT_NEEDED = new Set(["fast-check", "typescript"]);

/** The engine and the launcher, from the root. */
const BUILT = ["build/engine/libcrema_engine.so", "build/launcher/crema_launcher"];

/** What is used of deno.json. */
interface Config {
  name: string;
  version: string;
  license: string;
  exports: Record<string, string>;
  imports: Record<string, string>;
  compilerOptions: object;
}

/** Crema's own modules, its engine and its launcher, for app/. Throws a CremaError when they were not built. */
export async function ownModules(
  home: Home,
  moreImports: Record<string, string> = {},
): Promise<ProgramEntry[]> {
  const { root } = home;
  if (MODULE_EXTENSION === ".js") {
    throw new CremaError("Expected a checkout or a compiled crema to compile from but found the npm package");
  }
  const entries: ProgramEntry[] = ["mod.ts", "LICENSE"].map((path) => ({
    path: `app/${path}`,
    from: join(root, path),
  }));
  for (const folder of FOLDERS) {
    for (const path of filesBelow(join(root, folder))) {
      if (MODULE.test(path)) entries.push({ path: `app/${folder}/${path}`, from: join(root, folder, path) });
    }
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
  const text = (value: object) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  entries.push({
    path: "app/deno.json",
    from: text({
      ...{ name, version, license, exports, compilerOptions },
      imports: { ...ownImports(imports), ...moreImports },
      lock: false,
      nodeModulesDir: "manual",
    }),
  });
  entries.push({
    path: "app/package.json",
    from: new TextEncoder().encode(packageJson(ownImports(imports))),
  });
  return entries;
}

/** Without what tests and tools import, and without what a compiled file added for its own program. */
function ownImports(imports: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).filter(([name, target]) =>
      !NOT_NEEDED.has(name) && !/^\.\/(user|remote)\//.test(target)
    ),
  );
}
