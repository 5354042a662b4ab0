import { arch, cpus, hostname, release, totalmem, type } from "node:os";
import config from "../../deno.json" with { type: "json" };
import type { Solver } from "../solver.ts";

/** What a run ran in, as `environment.json` has it. */
export interface EnvironmentRecord {
  crema: string;
  engine: { name: string; version: string; path: string };
  deno: string;
  v8: string;
  typescript: string;
  os: string;
  host: string;
  processor: string;
  /** The processors that there are. */
  processors: number;
  /** The threads that compute. */
  threads: number;
  /** Bytes of memory that the machine has. */
  memory: number;
  /** The seed in use. */
  seed: number;
  /** The commit of the working directory, if that is in a git repository. */
  git?: GitRecord | undefined;
}

interface GitRecord {
  commit: string;
  /** Whether files that git knows differ from the commit. */
  changed: boolean;
}

/** Describes versions, machine, threads, seed and git commit of a training. */
export function environmentRecord(solver: Solver): EnvironmentRecord {
  const { engine } = solver.net.handle;
  const { deno, v8, typescript } = Deno.version;
  const processors = cpus();
  return {
    crema: config.version,
    engine: { name: engine.name, version: engine.version, path: engine.path },
    deno,
    v8,
    typescript,
    os: `${type()} ${release()} ${arch()}`,
    host: hostname(),
    processor: processors[0]?.model.trim() ?? "unknown",
    processors: processors.length,
    threads: engine.threads,
    memory: totalmem(),
    seed: Number(solver.param.random_seed ?? -1),
    git: gitRecord(),
  };
}

/** The commit of the working directory; undefined outside of a repository, without git, or if it may not be run. */
function gitRecord(): GitRecord | undefined {
  const commit = git("rev-parse", "HEAD");
  if (commit === undefined) return undefined;
  return { commit, changed: git("status", "--porcelain", "--untracked-files=no") !== "" };
}

function git(...args: string[]): string | undefined {
  try {
    // Nothing may be written: the repository is the user's.
    const env = { GIT_OPTIONAL_LOCKS: "0" };
    const { success, stdout } = new Deno.Command("git", { args, env, stdin: "null", stderr: "null" })
      .outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
