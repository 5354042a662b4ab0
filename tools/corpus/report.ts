import type { Network } from "./find_networks.ts";

/** How far one network came. */
export interface Result {
  /** "nothing": its prototxt is not read; "read": it does not run; "run": it ran forward, and backward if it has a loss. */
  readonly reached: "nothing" | "read" | "run";
  /** The layer types that are missing. */
  readonly missing?: readonly string[] | undefined;
  /** Why it came no further. */
  readonly reason?: string | undefined;
}

/** A network with its result. */
export type Outcome = Network & Result;

/** The outcomes that share a reason. */
export interface Group {
  readonly reason: string;
  readonly networks: number;
  readonly repositories: number;
  /** One of the networks, to try. */
  readonly example: string;
}

/** What a corpus shows. */
export interface Report {
  readonly networks: number;
  readonly read: number;
  readonly run: number;
  readonly unread: readonly Group[];
  readonly unrun: readonly Group[];
  /** How many networks need each missing layer type. */
  readonly missing: readonly Group[];
}

/** Counts outcomes, and groups those that failed by their reasons, the most frequent first. */
export function reportOf(outcomes: readonly Outcome[]): Report {
  const unread = outcomes.filter(({ reached }) => reached === "nothing");
  const unrun = outcomes.filter(({ reached }) => reached === "read");
  return {
    networks: outcomes.length,
    read: outcomes.length - unread.length,
    run: outcomes.filter(({ reached }) => reached === "run").length,
    unread: grouped(unread, ({ reason = "" }) => [commonReason(reason)]),
    unrun: grouped(
      unrun,
      ({ missing, reason = "" }) => [missing === undefined ? commonReason(reason) : "missing types"],
    ),
    missing: grouped(unrun, ({ missing = [] }) => missing),
  };
}

function grouped(outcomes: readonly Outcome[], reasonsOf: (outcome: Outcome) => readonly string[]): Group[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    for (const reason of reasonsOf(outcome)) {
      const list = groups.get(reason) ?? [];
      groups.set(reason, list);
      list.push(outcome);
    }
  }
  return Array.from(groups, ([reason, list]) => ({
    reason,
    networks: list.length,
    repositories: new Set(list.map(({ repository }) => repository)).size,
    example: list[0]!.path,
  })).sort((a, b) => b.networks - a.networks || (a.reason < b.reason ? -1 : 1));
}

/** A reason without what differs from network to network: its place, the names of layers and blobs, numbers. */
export function commonReason(reason: string): string {
  return reason
    .replace(/^\S*?:\d+(?::\d+)?: /, "")
    .replace(/^(?:\S*?: )?layer '[^']*': /, "")
    .replaceAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g, "N")
    .replaceAll(/\[N(?:, N)*\]|N(?:×N)+|\(N(?:, N)*,?\)/g, "SHAPE")
    .split("\n")[0]!
    .slice(0, 160);
}

/** The report as text. */
export function reportText({ networks, read, run, unread, unrun, missing }: Report): string {
  const share = (count: number) =>
    `${count} of ${networks} (${(100 * count / Math.max(1, networks)).toFixed(1)} %)`;
  const table = (title: string, groups: readonly Group[]) =>
    groups.length === 0 ? "" : `\n${title}, by networks / repositories:\n` +
      groups.map((group) =>
        `${
          `${group.networks}/${group.repositories}`.padStart(8)
        }  ${group.reason}\n            ${group.example}\n`
      ).join("");
  return `read ${share(read)}, run ${share(run)}\n` + table("not read", unread) +
    table("read, but not run", unrun) +
    table("missing layer types", missing);
}
