import { resolve } from "node:path";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type FetchBounds, withinBounds } from "./fetch_bounds.ts";

/** Nobody listens there: with this as its proxy, Deno fails at once instead of fetching. */
const NOWHERE = "http://127.0.0.1:1";

/** How to run `deno`. */
export interface RunDenoOptions {
  /** The import map: what names without a path stand for. */
  names?: Readonly<Record<string, string>> | undefined;
  /** Whether to work without a network. */
  offline?: boolean | undefined;
  /** The place that errors name. */
  place?: CremaErrorOptions | undefined;
  /** What fetching may take. */
  bounds?: FetchBounds | undefined;
}

/**
 * Runs a sub-command of `deno` and returns its output. Throws a CremaError with its message when it fails.
 */
export async function runDeno(args: readonly string[], options: RunDenoOptions = {}): Promise<string> {
  const { names = {}, offline = false, place = {}, bounds } = options;
  const map = `data:application/json,${encodeURIComponent(JSON.stringify({ imports: names }))}`;
  const [command = "", ...rest] = args;
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [command, "--no-config", "--no-lock", `--import-map=${map}`, ...rest],
      // Deno would read a deno.json in its working directory despite --no-config, and panic. All URLs are
      // absolute.
      cwd: "/",
      env: { NO_COLOR: "1", ...cacheFolder(), ...(offline ? noNetwork() : {}) },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { success, stdout, stderr } = await withinBounds(
      rest.at(-1) ?? "",
      child.output(),
      () => memoryOf(child.pid),
      { bounds, place, stop: () => child.kill("SIGKILL") },
    );
    if (success) return new TextDecoder().decode(stdout);
    const message = new TextDecoder().decode(stderr).replace(/^error: /, "").replace(
      /\n+Stack backtrace.*/s,
      "",
    );
    throw new CremaError(
      `Expected \`deno ${command}\` to read ${rest.at(-1)} but found: ${message.trim()}`,
      place,
    );
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new CremaError(
      "Expected the permission to run deno, to see what a module imports, but found none",
      {
        ...place,
        cause,
        hint: "Run Deno with --allow-run, or -A.",
      },
    );
  }
}

/** The memory that a process uses, in bytes; 0 where that can't be read. */
function memoryOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has ended, or reading /proc is not permitted
  }
}

/** DENO_DIR made absolute, because `deno` runs in another working directory. */
function cacheFolder(): Record<string, string> {
  if (Deno.permissions.querySync({ name: "env", variable: "DENO_DIR" }).state !== "granted") return {};
  const path = Deno.env.get("DENO_DIR") ?? "";
  return path === "" ? {} : { DENO_DIR: resolve(path) };
}

function noNetwork(): Record<string, string> {
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const all = [...proxies, ...proxies.map((name) => name.toLowerCase())].map((name) => [name, NOWHERE]);
  return { ...Object.fromEntries(all), NO_PROXY: "", no_proxy: "" };
}
