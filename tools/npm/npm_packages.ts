import { dirname, join } from "node:path";
import { OWN_FOLDERS } from "../../base/own_folders.ts";
import { findHome } from "../../compile/home.ts";
import { TEXT_FILES, WORKER_MODULES } from "../../compile/loaded_files.ts";
import { ownModules } from "../../compile/own_modules.ts";
import { filesBelow, npmPackageFolders } from "../../compile/packages.ts";
import { sharedLibraries } from "../../compile/shared_libraries.ts";
import config from "../../deno.json" with { type: "json" };
import { PLATFORM_PACKAGE } from "../../ffi/native_file.ts";
import { root } from "../root.ts";
import { emitDeclarations } from "./emit_declarations.ts";

/** The version of Deno that Crema is tested with, and that `npx crema` fetches. */
export const TESTED_DENO = "2.9.6";

/** Modules that no other imports: what users import, the programs, and the Workers. */
const ENTRIES = [
  ...Object.values(config.exports).map((path) => path.replace("./", "")),
  "cli/main.ts",
  "cli/classify_program.ts",
  ...WORKER_MODULES,
];

/** Files that are copied as they are: where each goes in the package. */
const FILES = {
  ...Object.fromEntries(["LICENSE", "README.md", "CHANGELOG.md", ...TEXT_FILES].map((path) => [path, path])),
  "tools/npm/crema.cjs": "bin/crema.cjs",
};

/** Platforms that releases are published for: npm can install no others. */
const PLATFORMS = ["linux-x64"];

/**
 * Makes npm packages below a folder: `crema`, in JavaScript with its types, and the engine and the libraries that it needs
 * for this machine's platform. Returns their folders. Throws an Error.
 */
export async function npmPackages(out: string): Promise<string[]> {
  await Deno.remove(out, { recursive: true }).catch(() => {}); // it may not be there
  const main = join(out, "crema"), platform = join(out, PLATFORM_PACKAGE.replace("/", "-").slice(1));
  await Promise.all([main, platform].map((folder) => Deno.mkdir(folder, { recursive: true })));
  await mainPackage(main);
  await platformPackage(platform);
  return [main, platform];
}

/** Packs a package as npm would publish it. Returns the path of the tarball. Throws an Error with what npm says. */
export async function packNpmPackage(folder: string, out: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--json", "--pack-destination", out, folder],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Expected npm to pack ${folder} but found: ${text(stderr)}`);
  const [{ filename }] = JSON.parse(text(stdout)) as [{ filename: string }];
  return join(out, filename);
}

async function mainPackage(folder: string): Promise<void> {
  const packages = await npmPackageFolders(findHome(), join(root, "cli/main.ts"));
  emitDeclarations({ root, entries: ENTRIES, out: folder, packages });
  const modules = (await ownModules(findHome())).filter(({ path }) => path.endsWith(".js"));
  for (const { path, from } of modules) {
    const to = join(folder, path.replace(/^app\//, ""));
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.writeFile(to, from as Uint8Array);
  }
  for (const [from, to] of Object.entries(FILES)) {
    await Deno.mkdir(dirname(join(folder, to)), { recursive: true });
    await Deno.copyFile(join(root, from), join(folder, to));
  }
  await Deno.chmod(join(folder, "bin/crema.cjs"), 0o755);
  await writeJson(join(folder, "bin/crema.json"), { deno: TESTED_DENO });
  // Layers outside any project import zod, and find no package from where they are.
  await Deno.writeTextFile(join(folder, "zod.js"), 'export * from "zod";\n');
  const { name, version, license } = config;
  await writeJson(join(folder, "deno.json"), {
    ...{ name, version },
    exports: mapValues(config.exports, (path) => path.replace(/\.ts$/, ".js")),
    imports: { crema: "./mod.js", "crema/layers": "./layers/mod.js", zod: "./zod.js" },
    compilerOptions: config.compilerOptions,
    nodeModulesDir: "manual",
    lock: false,
  });
  await writeJson(join(folder, "package.json"), {
    ...{ name, version, license },
    description: "Trains Caffe networks whose layers may be TypeScript modules, on Deno",
    keywords: ["caffe", "deep-learning", "neural-network", "deno", "typescript"],
    type: "module",
    bin: { crema: "bin/crema.cjs" },
    exports: {
      ...mapValues(config.exports, (path) => ({
        types: path.replace(/\.ts$/, ".d.ts"),
        default: path.replace(/\.ts$/, ".js"),
      })),
      "./package.json": "./package.json",
    },
    // Node.js only starts Deno; 20 is the oldest that this was tried with.
    engines: { node: ">=20" },
    dependencies: dependencies(folder),
    optionalDependencies: Object.fromEntries(PLATFORMS.map((each) => [`@crema/engine-${each}`, version])),
  });
}

async function platformPackage(folder: string): Promise<void> {
  const engine = join(root, "build/engine/libcrema_engine.so");
  const libraries = (await sharedLibraries(findHome(), [engine])).map(({ path, from }) => ({
    name: path.replace(/^lib\//, ""),
    from: from as string,
  }));
  for (const { name, from } of [{ name: "libcrema_engine.so", from: engine }, ...libraries]) {
    await Deno.copyFile(from, join(folder, name));
  }
  await Deno.copyFile(join(root, "LICENSE"), join(folder, "LICENSE"));
  const [os, cpu] = PLATFORM_PACKAGE.split("-").slice(1);
  await writeJson(join(folder, "package.json"), {
    name: PLATFORM_PACKAGE,
    ...{ version: config.version, license: config.license },
    description: `Crema's engine, and the libraries that it needs, for ${os} on ${cpu}`,
    ...{ os: [os], cpu: [cpu], libc: ["glibc"] },
  });
}

/** The npm packages that the JavaScript in a folder imports, with the versions of deno.json. */
function dependencies(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const sources = OWN_FOLDERS.flatMap((each) =>
    filesBelow(join(folder, each)).map((path) => join(folder, each, path))
  )
    .filter((path) => path.endsWith(".js")).map((path) => Deno.readTextFileSync(path));
  for (const [name, target] of Object.entries(config.imports)) {
    const [, packageName, version] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(target) ?? [];
    if (packageName === undefined || !sources.some((source) => imports(source, name))) continue;
    found[packageName] = version!;
  }
  return found;
}

function imports(source: string, name: string): boolean {
  return source.includes(` from "${name}"`) || source.includes(`import("${name}")`);
}

function mapValues<T>(record: Record<string, string>, map: (value: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
