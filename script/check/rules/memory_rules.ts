import type { Bench } from "../bench.ts";
import type { CheckNet } from "../check_net.ts";
import { failureOf, reasonOf } from "../failure.ts";
import type { LayerRule } from "../finding.ts";
import { propagateDownCases } from "./propagate_down_cases.ts";
import type { WatchMode } from "../watching/watched_layer.ts";

/** No gradient has this value by chance. */
const GARBAGE = 6.28125;

/** Rules about guarded views: an error after such a finding is no finding of its own. */
const INDEX_RULES: readonly LayerRule[] = ["out-of-range", "stale-view"];

/**
 * Runs the layer on copies of its blobs between guard zones, which show what it must not read or write, for
 * every combination of wanted gradients.
 */
export function checkMemory(bench: Bench): void {
  let indices = false;
  try {
    runWatched(bench, "strict", (rule) => indices ||= INDEX_RULES.includes(rule));
  } catch (error) {
    if (indices) return; // what was reported is the cause
    try {
      runWatched(bench, "shadows", () => {});
    } catch {
      bench.tell("fails", failureOf(error));
      return;
    }
    bench.skip(`indices, because the layer does not run on guarded arrays: ${reasonOf(error)}`);
  }
}

function runWatched(bench: Bench, mode: WatchMode, hear: (rule: LayerRule) => void): void {
  using net = bench.plan.make(mode, (rule, details) => {
    hear(rule);
    bench.tell(rule, details);
  });
  net.setParams(bench.params);
  const asked = bench.hasBackward ? propagateDownCases(bench) : [];
  for (const propagateDown of asked.length > 0 ? asked : [[]]) runOnce(net, propagateDown);
  if (bench.hasBackward && bench.base.paramDiffs.length > 0) runOnce(net, bench.wanted.map(() => false));
}

function runOnce(net: CheckNet, propagateDown: readonly boolean[]): void {
  const { layer } = net;
  layer.propagateDown = propagateDown;
  // Without this, writing the value that was already there would go unnoticed.
  layer.beforeBackward = () => layer.bottoms.forEach(({ diff }) => diff.fill(GARBAGE));
  net.forward();
  if (propagateDown.length > 0) net.backward();
}
