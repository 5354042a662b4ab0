import { runDeno, type RunDenoOptions } from "./run_deno.ts";

/** What is used here of the output of `deno info --json`. */
export interface DenoInfo {
  roots: string[];
  modules: InfoModule[];
  redirects: Record<string, string>;
}

/** A module in the output of `deno info --json`. */
export interface InfoModule {
  specifier: string;
  error?: string | undefined;
  npmPackage?: string | undefined;
  dependencies?: { specifier: string; code?: { specifier?: string; error?: string } }[];
}

/**
 * Runs `deno info` on a module, which fetches what is not in Deno's cache. `names` is an import map, `reload` are URLs to
 * fetch again. Throws a CremaError when `deno` can't be run.
 */
export async function denoInfo(
  url: string,
  options: RunDenoOptions & { reload?: readonly string[] | undefined } = {},
): Promise<DenoInfo> {
  const { reload = [], ...run } = options;
  // Deno separates URLs by commas here; with one inside of a URL everything has to be fetched.
  const urls = reload.some((each) => each.includes(",")) ? "--reload" : `--reload=${reload.join(",")}`;
  const args = ["info", "--json", ...(reload.length === 0 ? [] : [urls]), url];
  return JSON.parse(await runDeno(args, run)) as DenoInfo;
}

/** The names in imports that `deno info` could not resolve. */
export function unresolvedNames({ modules }: DenoInfo): string[] {
  return modules.flatMap(({ dependencies = [] }) =>
    dependencies.filter(({ code }) => code?.error !== undefined).map(({ specifier }) => specifier)
  );
}

/** URLs to fetch again: the modules, and those that only led to one. */
export function remoteModules({ modules, redirects }: DenoInfo): string[] {
  const urls = [...Object.keys(redirects), ...modules.map(({ specifier }) => specifier)];
  return urls.filter((url) => /^https?:/.test(url));
}
