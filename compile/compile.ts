import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { checkDestination } from "../base/check_destination.ts";
import { CremaError } from "../base/error.ts";
import { classifierProgram, type ClassifierSource } from "./classifier_program.ts";
import { FrameStore } from "./frame_store.ts";
import { findHome, type Home } from "./home.ts";
import type { Manifest } from "./manifest.ts";
import { ownModules } from "./own_modules.ts";
import { filesBelow, npmPackages } from "./packages.ts";
import { permissionFlags, type PermissionOptions } from "./permissions.ts";
import { ProgramFile } from "./program_file.ts";
import { sharedLibraries } from "./shared_libraries.ts";
import { type UserModules, userModules } from "./user_modules.ts";
import { type ProgramEntry, writeProgram } from "./write_program.ts";

/** What to compile, and where to. */
export interface CompileOptions extends PermissionOptions {
  /** The file to write. */
  output: string;
  /** What the program does. */
  program: ProgramKind;
  /** Is called with a few words at each step. */
  onProgress?: ((step: string) => void) | undefined;
}

/** The kinds of programs. */
export type ProgramKind =
  | { kind: "command" }
  | {
    kind: "script";
    /** Path of the script. */
    script: string;
    /** Paths of more modules and files, which it loads by names made at run time. */
    include?: readonly string[] | undefined;
  }
  | {
    kind: "classifier";
    /** The net, its weights and its labels. */
    source: ClassifierSource;
  };

/** The result of {@link compile}. */
export interface Compiled {
  /** The file's size in bytes. */
  size: number;
  /** SHA-256 of the file, as `sha256sum` prints it. */
  sha256: string;
  /** What is in it. */
  manifest: Manifest;
  /** Deno's flags for its permissions. */
  permissions: string[];
}

/** Deno's flags for every program: it asks nothing, and loads nothing but its own files. */
const FLAGS = ["--no-prompt", "--no-lock", "--no-check", "--quiet"];

/** Packs Crema, Deno, the engine and a program into one file. Throws a CremaError. */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const { program, output, onProgress = () => {} } = options;
  checkDestination(output, "program");
  const home = findHome();
  onProgress("Collecting files");
  const { user, files } = await userPart(program);
  const more = [...user?.entries ?? [], ...files];
  const own = await ownModules(home, user?.imports);
  const packages = await npmPackages(home, join(home.root, "cli/main.ts"));
  const native = packages.filter(({ path }) => /\.(node|so[.\d]*)$/.test(path));
  const libraries = await sharedLibraries(home, [
    Deno.execPath(),
    ...own.flatMap(({ from }) => typeof from === "string" && from.endsWith(".so") ? [from] : []),
    ...native.flatMap(({ from }) => typeof from === "string" ? [from] : []),
  ]);
  const inPackages = new Set(native.map(({ path }) => path.split("/").at(-1)));
  const groups = [
    [{ path: "deno", from: Deno.execPath(), executable: true }],
    libraries.filter(({ path }) => !inPackages.has(path.split("/").at(-1))),
    packages,
    own,
    ...(more.length === 0 ? [] : [more]),
  ];
  const permissions = permissionFlags(program.kind, options);
  using running = home.program === undefined ? undefined : new ProgramFile(home.program);
  const store = new FrameStore({
    program: running,
    folder: home.unpacked === undefined ? join(home.root, "build/frames") : undefined,
  });
  const { size, manifest, sha256 } = await writeProgram(
    output,
    {
      launcher: launcherOf(home),
      groups,
      arguments: [
        ...["deno", "run", ...permissions, ...FLAGS, "--config", "{root}/app/deno.json"],
        `{root}/app/${entryOf(program, user)}`,
      ],
      environment: ["DENO_DIR={root}/deno_dir", "DENO_NO_UPDATE_CHECK=1"],
    },
    store,
    (group) => onProgress(`Compressing ${["Deno", "libraries", "packages", "Crema", "your files"][group]}`),
  );
  return { size, sha256, manifest, permissions };
}

/** The parts of a program that are not Crema's own. */
async function userPart(
  program: ProgramKind,
): Promise<{ user: UserModules | undefined; files: ProgramEntry[] }> {
  if (program.kind === "command") return { user: undefined, files: [] };
  if (program.kind === "script") {
    const { script, include = [] } = program;
    return { user: await userModules(...await modulesAndFiles([script, ...include])), files: [] };
  }
  const { modules, files } = await classifierProgram(program.source);
  return { user: modules, files };
}

/** Splits paths into URLs of modules and paths of other files; a folder stands for all its files. Throws a CremaError. */
async function modulesAndFiles(paths: readonly string[]): Promise<[modules: string[], files: string[]]> {
  const files: string[] = [];
  for (const path of paths) {
    const whole = resolve(path);
    const info = await Deno.stat(whole).catch((cause) => {
      throw new CremaError("Expected a file to compile but found none", { file: path, cause });
    });
    files.push(...(info.isDirectory ? filesBelow(whole).map((each) => join(whole, each)) : [whole]));
  }
  const isModule = (path: string) => /\.[cm]?[jt]sx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path);
  return [
    files.filter(isModule).map((path) => pathToFileURL(path).href),
    files.filter((path) => !isModule(path)),
  ];
}

function entryOf(program: ProgramKind, user: UserModules | undefined): string {
  if (program.kind === "command") return "cli/main.js";
  if (program.kind === "classifier") return "cli/classify_program.js";
  const path = user?.paths.get(pathToFileURL(program.script).href);
  if (path === undefined) throw new CremaError(`Expected a module but found '${program.script}'`);
  return path;
}

function launcherOf({ root }: Home): string {
  return join(root, "build/launcher/crema_launcher");
}
