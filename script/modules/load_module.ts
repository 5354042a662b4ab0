import { stripVTControlCharacters } from "node:util";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { pathHint } from "../../base/path_hint.ts";
import { isInstance, thrownMessage } from "../../base/thrown.ts";
import { threwError } from "../../ffi/host/threw_error.ts";
import { contentTypeHint } from "./content_type.ts";
import { boundedImport, OutOfBounds } from "./fetch_bounds.ts";
import { checkIntegrity } from "./integrity.ts";
import { type ModuleCache, moduleGraph } from "./module_graph.ts";
import type { ModuleLock } from "./module_lock.ts";
import { shownUrl } from "./shown_url.ts";

const reloaded = new Set<string>();

/** How to load a module. */
export interface LoadOptions {
  /** "sha256-…" as in a web page's `integrity`: the hash that the source must have before any of it runs. */
  integrity?: string | undefined;
  /** Lock files that the module, and everything it imports, must match before any of it runs. */
  locks?: readonly ModuleLock[] | undefined;
  /** How to use Deno's cache for modules by URL. By default "use": what it lacks is fetched. */
  cache?: ModuleCache | undefined;
  /** Whether the user is editing files: then lock files apply only to URLs. */
  edited?: boolean | undefined;
  /** The place that errors name. */
  place?: CremaErrorOptions | undefined;
}

/**
 * Imports a module by URL and returns its exports. Throws a CremaError that says what went wrong: no such
 * module, no answer, a syntax error and where, an error that the module threw, a hash other than `integrity`.
 *
 * `integrity` covers the module itself, not what it imports; `locks` cover both. The source is loaded and
 * hashed first; the import after that finds it in Deno's module cache, so what runs is what was checked.
 * There are two gaps: with `deno run --reload` Deno fetches a URL twice, and the server may answer
 * differently the second time; and a file may change between the check and the import.
 */
export async function loadModule(url: string, options: LoadOptions = {}): Promise<Record<string, unknown>> {
  const { integrity, locks = [], cache = "use", edited = false, place = {} } = options;
  if (locks.length > 0 || cache !== "use") {
    // Reload a URL only once: this process keeps what it has imported.
    const again = cache === "reload" && reloaded.has(url);
    const graph = await moduleGraph(url, { cache: again ? "use" : cache, place });
    if (cache === "reload") reloaded.add(url);
    for (const lock of locks) await lock.check(graph, place, edited);
  }
  if (integrity !== undefined && integrity !== "") {
    const source = await load(url, place, { with: { type: "text" } });
    await checkIntegrity(url, String(source["default"]), integrity, place);
  }
  return await load(url, place);
}

async function load(url: string, place: CremaErrorOptions, options?: ImportCallOptions) {
  try {
    return await boundedImport(url, place, options);
  } catch (cause) {
    if (isInstance(cause, OutOfBounds)) throw cause;
    throw await explain(url, cause, place);
  }
}

async function explain(url: string, cause: unknown, place: CremaErrorOptions): Promise<CremaError> {
  const options = { ...place, cause };
  const shown = shownUrl(url);
  if (!isInstance(cause, Error)) return threwError(`module ${shown}`, cause, place);

  const message = stripVTControlCharacters(thrownMessage(cause)).trim();
  const denied = /^Requires \w+ access|--no-remote is specified/.test(message);
  if (cause instanceof Deno.errors.NotCapable || denied) {
    const flag = url.startsWith("file:") ? "--allow-read" : "--allow-import";
    const hint = `Run Deno with ${flag}, or -A; give a compiled file ${flag} when you compile it.`;
    return new CremaError(`Expected the permission to import ${shown} but found none`, { ...options, hint });
  }
  if (message === `Module not found "${url}".`) {
    const found = url.startsWith("file:") ? "no such file" : "nothing there (404)";
    const hint = url.startsWith("file:") ? pathHint(shown) : undefined;
    return new CremaError(`Expected a module at ${shown} but found ${found}`, { ...options, hint });
  }
  const unmapped = /^(?:Import|Relative import path) "crema(?:\/[\w/.]*)?" not/.test(message);
  if (unmapped) {
    return new CremaError(`Expected 'crema' in the import map, because ${shown} imports it, but found none`, {
      ...options,
      hint:
        "Write `import type` where only types are needed: a layer need not extend Layer. Or map 'crema' in deno.json.",
    });
  }
  const syntax = /^(?:SyntaxError: |The module's source code could not be parsed: )/.exec(message);
  if (syntax !== null || cause instanceof SyntaxError) {
    const detail = message.slice(syntax?.[0].length ?? 0);
    const hint = await contentTypeHint(url, message);
    return new CremaError(`Expected a module at ${shown} but found a syntax error: ${detail}`, {
      ...options,
      ...hint === undefined ? {} : { hint },
    });
  }
  // Deno's own errors, which fail to fetch or to resolve, have this code; any other was thrown by the module
  // itself.
  if ((cause as { code?: string }).code === "ERR_MODULE_NOT_FOUND") {
    return new CremaError(
      `Expected a module at ${shown} but found: ${message.replaceAll(/\s*\n\s*/g, " ")}`,
      options,
    );
  }
  return threwError(`module ${shown}`, cause, place);
}
