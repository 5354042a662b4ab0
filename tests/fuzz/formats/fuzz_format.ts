import { join } from "node:path";
import { root } from "../../../tools/root.ts";
import { formatOf } from "./formats.ts";

/** Something that a damaged file must not do. */
export interface FormatFault {
  /** The kind of error and its place, or how the process ended. */
  fault: string;
  message: string;
  /** The file that did it, made small where that can be done. */
  kept: string;
}

/** What a run did. */
export interface FormatResult {
  inputs: number;
  /** Files that were read in spite of the damage. */
  taken: number;
  /** Files that a CremaError refused. */
  refused: number;
  faults: FormatFault[];
}

/** How to run. */
export interface FormatRun {
  format: string;
  seed: number;
  /** How long, unless `count` is given. */
  seconds?: number | undefined;
  /** How many files. */
  count?: number | undefined;
  /** How long a file may take. Default: 10,000. */
  limitMs?: number | undefined;
  /** Gets what is found, as it is found. */
  report?: ((text: string) => void) | undefined;
}

/** A process with more memory than this is ended. */
const MOST_MEMORY = 4 * 2 ** 30;

/** Reads damaged files in a process of its own, which is started anew with another seed when one of them ends it. */
export async function fuzzFormat(
  { format, seed, seconds = 60, count = 0, limitMs = 10_000, report = () => {} }: FormatRun,
): Promise<FormatResult> {
  const folder = await Deno.makeTempDir({ prefix: `crema-fuzz-${format}-` });
  const result: FormatResult = { inputs: 0, taken: 0, refused: 0, faults: [] };
  const end = performance.now() + 1000 * seconds;
  const add = (fault: FormatFault) => {
    result.faults.push(fault);
    report(`${fault.fault}\n  ${fault.message.replaceAll("\n", "\n  ")}\n  ${fault.kept}`);
  };
  for (let run = 0;; run++) {
    const left = Math.max(1, Math.ceil((end - performance.now()) / 1000));
    const ended = await runChild(
      [format, `${seed + run}`, `${left}`, `${count}`, folder],
      folder,
      format,
      limitMs,
    );
    for (const line of ended.lines) {
      if ("fault" in line) {
        if (!result.faults.some(({ fault }) => fault === line.fault)) add(line);
      } else for (const key of ["inputs", "taken", "refused"] as const) result[key] += line[key];
    }
    if (ended.end === undefined) break;
    const kept = join(folder, `end${run}${formatOf(format).extension}`);
    await Deno.copyFile(join(folder, `input${formatOf(format).extension}`), kept);
    add({ fault: ended.end, message: ended.words, kept });
    if (count > 0 || performance.now() > end) break;
  }
  if (result.faults.length === 0) await Deno.remove(folder, { recursive: true });
  return result;
}

interface Ended {
  lines: (FormatFault | Pick<FormatResult, "inputs" | "taken" | "refused">)[];
  /** How the process ended, unless it did as it should. */
  end: string | undefined;
  words: string;
}

async function runChild(args: string[], folder: string, format: string, limitMs: number): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(root, "tests/fuzz/formats/format_child.ts"), ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let why: string | undefined;
  const input = join(folder, `input${formatOf(format).extension}`), started = Date.now();
  const watch = setInterval(() => {
    // The process itself takes a while to start.
    const changed = statOf(input)?.mtime?.getTime() ?? started + 20_000;
    if (Date.now() - changed > limitMs) why = `no end in ${limitMs / 1000} s`;
    if (memoryOf(child.pid) > MOST_MEMORY) why = `more than ${MOST_MEMORY / 2 ** 30} GiB of memory`;
    if (why !== undefined) child.kill("SIGKILL");
  }, 500);
  const { code, signal, stdout, stderr } = await child.output();
  clearInterval(watch);
  const text = new TextDecoder().decode(stdout).trim();
  return {
    lines: text === "" ? [] : text.split("\n").map((line) => JSON.parse(line)),
    end: code === 0 ? undefined : why ?? `${signal ?? `exit status ${code}`}`,
    words: new TextDecoder().decode(stderr).trim().split("\n").slice(-12).join("\n"),
  };
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function memoryOf(pid: number): number {
  try {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
