import { ownArguments } from "./own_arguments.ts";

const FLAG = /^--inspect(-brk|-wait)?(=.*)?$/;

/** Set in the process that is to stop when a debugger is there. */
const STOP = "CREMA_INSPECT_BRK";

/**
 * Runs the command again in a process that a debugger can be attached to, when its arguments ask for that with
 * `--inspect`, `--inspect-brk` or `--inspect-wait`, as Deno's do. Returns its exit status; undefined when they do not.
 */
export async function inspect(args: readonly string[]): Promise<number | undefined> {
  const flags = args.filter((arg) => FLAG.test(arg));
  if (flags.length === 0) {
    // deno-lint-ignore no-debugger -- what was asked for
    if (Deno.env.get(STOP) !== undefined) debugger;
    return undefined;
  }
  const child = new Deno.Command(Deno.execPath(), {
    // Deno's own --inspect-brk (2.9.6) never gets to the first line of a program with modules like ours.
    env: flags.some((flag) => flag.startsWith("--inspect-brk")) ? { [STOP]: "1" } : {},
    args: ownArguments(
      flags.map((flag) => flag.replace("-brk", "-wait")),
      args.filter((arg) => !FLAG.test(arg)),
    ),
  }).spawn();
  // Ctrl-C reaches the child as well, which knows what to do.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}
