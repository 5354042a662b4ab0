import { resolve } from "node:path";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type FetchBounds, withinBounds } from "./fetch_bounds.ts";

/** Nobody listens there: who is sent to it as to a proxy fails at once instead of fetching. */
const NOWHERE = "http://127.0.0.1:1";

/** How to run `deno`. */
export interface RunDenoOptions {
  /** An import map: what names without a path stand for. */
  names?: Readonly<Record<string, string>> | undefined;
  /** Whether to fetch nothing. */
  offline?: boolean | undefined;
  /** What an error says of its place. */
  place?: CremaErrorOptions | undefined;
  /** What fetching may take. */
  bounds?: FetchBounds | undefined;
}

/** Runs a sub-command of `deno` and returns what it prints. Throws a CremaError with what it says when it fails. */
export async function runDeno(args: readonly string[], options: RunDenoOptions = {}): Promise<string> {
  const { names = {}, offline = false, place = {}, bounds } = options;
  const map = `data:application/json,${encodeURIComponent(JSON.stringify({ imports: names }))}`;
  const [command = "", ...rest] = args;
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [command, "--no-config", "--no-lock", `--import-map=${map}`, ...rest],
      // A deno.json where it runs would be read, whatever --no-config says, and make it panic. All URLs are absolute.
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

/** A relative path of Deno's cache means one from the working directory of this process. */
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
