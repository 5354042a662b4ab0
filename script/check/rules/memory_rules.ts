import type { Bench } from "../bench.ts";
import type { CheckNet } from "../check_net.ts";
import { failureOf, reasonOf } from "../failure.ts";
import type { LayerRule } from "../finding.ts";
import { propagateDownCases } from "./propagate_down_cases.ts";
import type { WatchMode } from "../watching/watched_layer.ts";

/** No gradient is that by chance. */
const GARBAGE = 6.28125;

/** What guarded views can't be given to: then an error says nothing of the layer. */
const INDEX_RULES: readonly LayerRule[] = ["out-of-range", "stale-view"];

/**
 * Runs the layer on copies of its blobs between guard zones, which tell what it reads and writes that it must not, for
 * every combination of wanted gradients and for two sizes of the batch.
 */
export function checkMemory(bench: Bench): void {
  let indices = false;
  try {
    runWatched(bench, "strict", (rule) => indices ||= INDEX_RULES.includes(rule));
  } catch (error) {
    if (indices) return; // the error comes of what was told
    try {
      runWatched(bench, "shadows", () => {});
    } catch {
      bench.tell("fails", failureOf(error));
      return;
    }
    bench.skip(`indices, for the layer does not run on guarded arrays: ${reasonOf(error)}`);
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
  // What was there may be what is written: then nothing would show.
  layer.beforeBackward = () => layer.bottoms.forEach(({ diff }) => diff.fill(GARBAGE));
  net.forward();
  if (propagateDown.length > 0) net.backward();
}
