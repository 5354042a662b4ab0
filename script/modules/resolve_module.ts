import { statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { pathHint } from "../../base/path_hint.ts";
import { MODULE_EXTENSION } from "../../base/module_extension.ts";
import { PYTHON_MODULES } from "../../layers/library_types.ts";

/** The folder of Crema's own library of layers. */
const LIBRARY = new URL("../../layers/", import.meta.url);

/** Where to look up a module's name. */
export interface ResolveOptions {
  /** The prototxt that names the module: relative paths start at its folder, by default the working one. */
  file?: string | undefined;
  /** Folders to search for names, after the prototxt's own. */
  layerPath?: readonly string[] | undefined;
  /** The place that errors name. By default the file. */
  place?: CremaErrorOptions | undefined;
}

const EXTENSIONS = ["", ".ts", ".mts", ".js", ".mjs"];

/** Longer names are no paths: Linux ends them here. */
const LONGEST = 4095;

/**
 * The URL of the module that a prototxt names:
 *
 * - `./loss.ts`, `../loss.ts`: relative to the prototxt;
 * - `/home/me/loss.ts`, `file:///home/me/loss.ts`, `https://example.org/loss.ts`: unchanged;
 * - `loss`, `my/loss.ts`: a file beside the prototxt, with or without its extension, then in the folders of
 *   `layerPath`, then a name in the running program's import map. As in Python, `a.b` may be the file
 *   `a/b.ts`;
 * - `crema/layers`: Crema's own library, and `crema/layers/focal_loss.ts`: one of its files;
 * - `rpn.proposal_layer`: the Python module of a fork, if the library has its layers.
 *
 * Throws a CremaError that lists where it looked.
 */
export function resolveModule(module: string, options: ResolveOptions = {}): string {
  const place = options.place ?? { file: options.file };
  if (module === "") {
    throw new CremaError("Expected the name of a module but found none", {
      ...place,
      hint: "Set `module`.",
    });
  }
  if (module.includes("\0") || module.length > LONGEST) {
    const found = module.length > LONGEST ? `one of ${module.length}` : "one with a NUL character";
    throw new CremaError(
      `Expected a module's name of at most ${LONGEST} characters, without NUL, but found ${found}`,
      place,
    );
  }
  if (/^[a-zA-Z][a-zA-Z0-9+.-]+:/.test(module)) {
    if (!URL.canParse(module)) {
      throw new CremaError(`Expected a module's URL but found '${module}'`, place);
    }
    return new URL(module).href;
  }
  const folder = options.file === undefined ? Deno.cwd() : dirname(resolve(options.file));
  if (isAbsolute(module) || /^\.\.?\//.test(module)) return pathToFileURL(resolve(folder, module)).href;

  const folders = [folder, ...(options.layerPath ?? [])];
  for (const candidate of folders.flatMap((each) => candidates(each, module))) {
    if (isFile(candidate, place)) return pathToFileURL(candidate).href;
  }
  return fromImportMap(module) ?? fromLibrary(module) ?? unresolved(module, folders, place);
}

function candidates(folder: string, module: string): string[] {
  const names = [module];
  // A dotted name, as in Python: a.b is a/b.ts.
  if (/^\w+(\.\w+)+$/.test(module)) names.push(module.replaceAll(".", "/"));
  return names.flatMap((name) => EXTENSIONS.map((extension) => resolve(folder, name + extension)));
}

function isFile(path: string, place: CremaErrorOptions): boolean {
  try {
    return statSync(path).isFile();
  } catch (cause) {
    const { code = "", message } = cause as Error & { code?: string };
    // No such file, a file where the path needs a folder, or a name that no file can have.
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code)) return false;
    throw new CremaError(`Expected to look for a module at ${path} but found: ${message}`, {
      ...place,
      cause,
    });
  }
}

function fromImportMap(module: string): string | undefined {
  try {
    return import.meta.resolve(module);
  } catch {
    return undefined; // not in the import map
  }
}

function fromLibrary(module: string): string | undefined {
  if (Object.hasOwn(PYTHON_MODULES, module)) return libraryUrl(PYTHON_MODULES[module]!);
  const [, file] = /^crema\/layers(?:\/(\w+\.ts))?$/.exec(module) ?? [];
  if (!module.startsWith("crema/layers")) return undefined;
  return file === undefined && module !== "crema/layers"
    ? undefined
    : libraryUrl((file ?? "mod.ts").replace(/\.ts$/, ""));
}

/** The URL of a file of the library, such as `focal_loss`, as it is in a checkout, a package or a program. */
export function libraryUrl(file: string): string {
  return new URL(file + MODULE_EXTENSION, LIBRARY).href;
}

function unresolved(module: string, folders: string[], place: CremaErrorOptions): never {
  const shown = module.length > 100 ? `${module.slice(0, 100)}…` : module;
  const path = `./${shown}${/\.[jt]s$/.test(module) ? "" : ".ts"}`;
  throw new CremaError(
    `Expected module '${shown}' in ${folders.join(", ")} or the import map but found none`,
    {
      ...place,
      hint: pathHint(module, `Write a path ('${path}'), a URL, or give the folder with --layer-path.`),
    },
  );
}
