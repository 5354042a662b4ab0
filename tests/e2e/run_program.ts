import type { Finished } from "./run_crema.ts";

/** What a program is run with. */
export interface ProgramInput {
  /** Where it runs; by default where the test does. */
  cwd?: string | undefined;
  /** Environment variables besides those of the test. */
  env?: Record<string, string> | undefined;
  /** Its standard input; empty by default. */
  stdin?: Uint8Array<ArrayBuffer> | undefined;
}

/** Runs a program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd = Deno.cwd(), env = {}, stdin = new Uint8Array() }: ProgramInput = {},
): Promise<Finished> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A program that ends without reading closes the pipe.
  const given = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await given;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
