import { runDeno, type RunDenoOptions } from "./run_deno.ts";

/** The output of `deno info --json`, as far as it is used here. */
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
 * Runs `deno info` on a module, which fetches what Deno's cache lacks. `names` is an import map, `reload`
 * lists URLs to fetch again. Throws a CremaError when `deno` can't be run.
 */
export async function denoInfo(
  url: string,
  options: RunDenoOptions & { reload?: readonly string[] | undefined } = {},
): Promise<DenoInfo> {
  const { reload = [], ...run } = options;
  // Deno separates URLs by commas here. If a URL contains one, everything is fetched again.
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

/** The URLs of modules, and those that redirect to them. */
export function remoteModules({ modules, redirects }: DenoInfo): string[] {
  const urls = [...Object.keys(redirects), ...modules.map(({ specifier }) => specifier)];
  return urls.filter((url) => /^https?:/.test(url));
}
