import type { Network } from "./find_networks.ts";
import type { Outcome, Result } from "./report.ts";

/** How to run the networks of a corpus. */
export interface RunAllOptions {
  /** How many at once. */
  readonly processes: number;
  /** Outcomes to take over, by the networks' digests. */
  readonly before: ReadonlyMap<string, Outcome>;
  /** Runs one network. When the signal is aborted, it may throw. */
  readonly run: (network: Network) => Promise<Result>;
  /** Hears of each outcome, and how many there are by then. */
  readonly tell: (outcome: Outcome, done: number) => void;
  /** Ends all, when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * The outcomes of networks, in their order: some taken over, the others run. After an abort, only of those that were
 * done before.
 */
export async function runAll(
  networks: readonly Network[],
  { processes, before, run, tell, signal }: RunAllOptions,
): Promise<Outcome[]> {
  const outcomes = new Map<Network, Outcome>();
  const waiting = networks.values(); // shared by the workers
  const work = async () => {
    for (const network of waiting) {
      const outcome = { ...before.get(network.digest) ?? await run(network), ...network };
      outcomes.set(network, outcome);
      tell(outcome, outcomes.size);
      signal?.throwIfAborted();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(processes, networks.length) }, work));
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
  return networks.flatMap((network) => outcomes.get(network) ?? []);
}
