import { readFileSync } from "node:fs";

/**
 * Lets Ctrl-Z suspend a command that `deno task` runs. Deno's task runner catches the signal and passes it on: it waits while
 * the command is stopped, and the shell waits for both. So the command stops them both; `fg` continues them.
 */
export function suspendWithTask(): void {
  const parent = Deno.ppid;
  if (Deno.build.os !== "linux" || !Deno.stdin.isTerminal() || !isTask(commandLineOf(parent))) return;
  Deno.addSignalListener("SIGTSTP", () => {
    Deno.kill(parent, "SIGSTOP");
    Deno.kill(Deno.pid, "SIGSTOP");
  });
}

/**
 * Whether a command line is that of Deno's task runner.
 *
 * ```ts
 * import { isTask } from "./suspend_with_task.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isTask(["/usr/bin/deno", "task", "-q", "crema", "train"]));
 * assert.ok(!isTask(["deno", "run", "-A", "task"]));
 * assert.ok(!isTask(["bash"]));
 * ```
 */
export function isTask([program = "", ...args]: readonly string[]): boolean {
  return /(^|\/)deno$/.test(program) && args.find((arg) => !arg.startsWith("-")) === "task";
}

function commandLineOf(process: number): string[] {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return []; // without /proc, or without the permission to look
  }
}
