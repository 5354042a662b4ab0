import { statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { MODULE_EXTENSION } from "../../base/module_extension.ts";

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

/**
 * The URL of the module that a prototxt names:
 *
 * - `./loss.ts`, `../loss.ts`: relative to the prototxt;
 * - `/home/me/loss.ts`, `file:///home/me/loss.ts`, `https://example.org/loss.ts`: unchanged;
 * - `loss`, `my/loss.ts`: a file beside the prototxt, with or without its extension, then in the folders of
 *   `layerPath`, then a name in the running program's import map. As in Python, `a.b` may be the file
 *   `a/b.ts`;
 * - `crema/layers`: Crema's own library, and `crema/layers/focal_loss.ts`: one of its files.
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
    if (isFile(candidate)) return pathToFileURL(candidate).href;
  }
  return fromImportMap(module) ?? fromLibrary(module) ?? unresolved(module, folders, place);
}

function candidates(folder: string, module: string): string[] {
  const names = [module];
  // A dotted name, as in Python: a.b is a/b.ts.
  if (/^\w+(\.\w+)+$/.test(module)) names.push(module.replaceAll(".", "/"));
  return names.flatMap((name) => EXTENSIONS.map((extension) => resolve(folder, name + extension)));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    // No such file, or a file where the path needs a folder.
    if (["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return false;
    throw error;
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
  const [, file] = /^crema\/layers(?:\/(\w+\.ts))?$/.exec(module) ?? [];
  if (!module.startsWith("crema/layers")) return undefined;
  return file === undefined && module !== "crema/layers"
    ? undefined
    : new URL((file ?? "mod.ts").replace(/\.ts$/, MODULE_EXTENSION), LIBRARY).href;
}

function unresolved(module: string, folders: string[], place: CremaErrorOptions): never {
  throw new CremaError(
    `Expected module '${module}' in ${folders.join(", ")} or the import map but found none`,
    {
      ...place,
      hint: `Write a path ('./${module}.ts'), a URL, or give the folder with --layer-path.`,
    },
  );
}
