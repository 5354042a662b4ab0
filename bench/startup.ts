/**
 * Measures how long a compiled file takes to start: first while it unpacks, then from its cache; and `deno run` of the same:
 * `deno run -A bench/startup.ts [--runs 10]`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- what is measured is printed

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./measure.ts";

const { values } = parseArgs({ args: Deno.args, options: { runs: { type: "string", default: "10" } } });
const root = fileURLToPath(new URL("../", import.meta.url));
const folder = await Deno.makeTempDir({ prefix: "crema-startup-" });

/** Runs a command to its end. Returns the milliseconds that it took. */
function timed(program: string, args: string[], env: Record<string, string> = {}): number {
  const start = performance.now();
  const { code, stderr } = new Deno.Command(program, { args, env }).outputSync();
  const taken = performance.now() - start;
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return taken;
}

try {
  const program = join(folder, "crema"), main = join(root, "cli/main.ts");
  const deno = ["run", "-A", "--config", join(root, "deno.json")];
  console.log(
    `compile: ${(timed(Deno.execPath(), [...deno, main, "compile", "-o", program]) / 1000).toFixed(1)} s`,
  );
  console.log(`size: ${((await Deno.stat(program)).size / 1e6).toFixed(1)} MB`);
  const env = { XDG_CACHE_HOME: join(folder, "cache") };
  const first: number[] = [], later: number[] = [], source: number[] = [];
  timed(Deno.execPath(), [...deno, main, "--version"]);
  for (let run = 0; run < Number(values.runs); run++) {
    await Deno.remove(env.XDG_CACHE_HOME, { recursive: true }).catch(() => {}); // not there at first
    first.push(timed(program, ["--version"], env));
    timed(program, ["--version"], env);
    later.push(timed(program, ["--version"], env));
    source.push(timed(Deno.execPath(), [...deno, main, "--version"]));
  }
  const text = (times: number[]) =>
    `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`;
  console.log(`first start: ${text(first)}`);
  console.log(`later starts: ${text(later)}`);
  console.log(`deno run of the same: ${text(source)}`);
  console.log(`later start − deno run: ${(median(later) - median(source)).toFixed(0)} ms`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
