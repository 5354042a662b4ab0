import type { CremaErrorOptions } from "../../base/error.ts";
import { denoInfo, unresolvedNames } from "./deno_info.ts";

/** Whether an import goes by a name of the import map, not by a path or URL. */
export function isName(specifier: string): boolean {
  return !/^(?:[./]|[a-z][a-z0-9+.-]*:)/i.test(specifier);
}

/** What a name means in the running program: a URL, or a package with its version; undefined where it means nothing. */
export function resolveName(name: string): string | undefined {
  try {
    const url = import.meta.resolve(name);
    // A package that the program has loaded is named by its place in Deno's cache.
    const [, cached, version] =
      /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/(\d+\.\d+\.\d+[^/_]*)[^/]*\//.exec(url) ?? [];
    return cached === undefined ? url : `npm:${cached}@${version}`;
  } catch {
    return undefined; // not in the import map: the import itself will fail, and say so
  }
}

/**
 * An import map for a `deno` without a configuration: `more` names, and those that a module and its imports use, with what
 * they mean in the running program. With `offline` nothing is fetched. Throws a CremaError when `deno` can't be run.
 */
export async function importMapFor(
  url: string,
  more: readonly string[],
  options: { offline?: boolean | undefined; place?: CremaErrorOptions | undefined } = {},
): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  const add = (name: string) => {
    const target = resolveName(name);
    if (target !== undefined) names[name] = target;
  };
  for (const name of more) add(name);
  for (const name of unresolvedNames(await denoInfo(url, { ...options, names }))) add(name);
  return names;
}
