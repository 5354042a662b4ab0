import { ownArguments } from "./own_arguments.ts";

const FLAG = /^--inspect(-brk|-wait)?(=.*)?$/;

/** This variable is set in the process that stops once a debugger is attached. */
const STOP = "CREMA_INSPECT_BRK";

/**
 * Runs the command again in a process that a debugger can attach to, when the arguments have `--inspect`, `--inspect-brk`
 * or `--inspect-wait`, which mean what they mean to Deno. Returns the exit status; undefined without such an argument.
 */
export async function inspect(args: readonly string[]): Promise<number | undefined> {
  const flags = args.filter((arg) => FLAG.test(arg));
  if (flags.length === 0) {
    // deno-lint-ignore no-debugger -- what was asked for
    if (Deno.env.get(STOP) !== undefined) debugger;
    return undefined;
  }
  const child = new Deno.Command(Deno.execPath(), {
    // Deno's own --inspect-brk (2.9.6) never reaches the first line of a program with modules like ours.
    env: flags.some((flag) => flag.startsWith("--inspect-brk")) ? { [STOP]: "1" } : {},
    args: ownArguments(
      flags.map((flag) => flag.replace("-brk", "-wait")),
      args.filter((arg) => !FLAG.test(arg)),
    ),
  }).spawn();
  // Ctrl-C also reaches the child, which handles it.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}
