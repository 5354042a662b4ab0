/** What a process may use. */
export interface Limits {
  /** Of processor time; where the system does not say how much a process has used, by the clock. */
  readonly seconds: number;
  /** Of memory; unlimited where the system does not say. */
  readonly megabytes: number;
}

/** How a process ended, and what it wrote. */
export interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  /** Its signal or status, as text. */
  readonly how: string;
  /** The limit that it was ended for. */
  readonly exceeded?: string;
}

/** Ticks per second of the times in /proc: USER_HZ, which is 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** A process that takes this many times its seconds by the clock counts as hanging. */
const HANGING = 10;

/** How often the limits are looked at, in milliseconds. */
const INTERVAL = 250;

/**
 * Runs Deno with some arguments, and ends it when it takes too long or too much memory, or when `signal` is aborted; then
 * it throws the signal's reason, after the process has ended. Ctrl-C does not reach the process itself.
 */
export async function runLimited(
  args: readonly string[],
  limits: Limits,
  signal?: AbortSignal,
): Promise<Ending> {
  signal?.throwIfAborted();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", OMP_NUM_THREADS: "1" },
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let exceeded: string | undefined;
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // it has just ended
    }
  };
  const began = performance.now();
  const watch = setInterval(() => {
    const clock = (performance.now() - began) / 1000;
    const { seconds = clock, megabytes = 0 } = usedBy(child.pid);
    if (megabytes > limits.megabytes) exceeded ??= `more than ${limits.megabytes} MB`;
    if (seconds > limits.seconds || clock > HANGING * limits.seconds) {
      exceeded ??= `more than ${limits.seconds} s`;
    }
    if (exceeded !== undefined) kill();
  }, INTERVAL);
  signal?.addEventListener("abort", kill);
  try {
    const { stdout, stderr, signal: deadly, code } = await child.output();
    signal?.throwIfAborted();
    const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return {
      stdout: out!,
      stderr: said!,
      how: deadly ?? `status ${code}`,
      ...(exceeded !== undefined && { exceeded }),
    };
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", kill);
  }
}

/** The processor time and the memory that a process has used, where the system says. */
function usedBy(pid: number): { seconds?: number; megabytes?: number } {
  try {
    // After the name in parentheses, which may hold spaces: state is the third field of proc_pid_stat(5).
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return {
      seconds: (Number(stat[11]) + Number(stat[12])) / TICKS,
      megabytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024,
    };
  } catch {
    return {};
  }
}
