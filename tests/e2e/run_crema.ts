import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const MAIN = `${ROOT}cli/main.ts`;

/** The result of a command. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Starts `crema …` as if typed in a folder. */
export function startCrema(cwd: string, ...args: string[]): Deno.ChildProcess {
  return startCremaWith({}, cwd, ...args);
}

/** As {@link startCrema}, with more variables in its environment. */
export function startCremaWith(
  env: Record<string, string>,
  cwd: string,
  ...args: string[]
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", `${ROOT}deno.json`, MAIN, ...args],
    cwd,
    env: { INIT_CWD: "", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs `crema …` in a folder to its end. */
export async function runCrema(cwd: string, ...args: string[]): Promise<Finished> {
  return await finished(startCrema(cwd, ...args));
}

/** Waits for a started command to end. */
export async function finished(child: Deno.ChildProcess): Promise<Finished> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Collects a child's standard error, and calls back with each line as it comes. */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<string[]> {
  const lines: string[] = [];
  let rest = "";
  for await (
    const chunk of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  ) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      onLine(line);
    }
  }
  if (rest !== "") lines.push(rest);
  return lines;
}

/** Runs a test in a folder of its own, which is removed. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-e2e-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
