import type { Net } from "../../net/net.ts";
import type { TestEvent } from "../events.ts";
import type { BestTest } from "./run_record.ts";

/**
 * What decides how good a test is: the last accuracy of the net (of those with top_k 1, if there is one), the mean average
 * precision of a net that detects, or else its loss. Undefined for a test without any of them.
 */
export function judgeTest(event: TestEvent, net: Net | undefined): BestTest | undefined {
  const { iteration, outputs, scores, classes } = event;
  const found = accuracyName(net).find((name) => outputs[name] !== undefined) ??
    classes?.[0]?.name ?? Object.keys(outputs).findLast((name) => /accuracy|top-?1\b/i.test(name));
  if (found !== undefined && outputs[found] !== undefined) {
    return { iteration, output: found, value: outputs[found], higherIsBetter: true };
  }
  const losses = scores.filter(({ lossWeight }) => lossWeight !== 0);
  const loss = testLoss(event);
  if (loss === undefined) return undefined;
  const output = losses.length === 1 ? losses[0]!.name : "loss";
  return { iteration, output, value: loss, higherIsBetter: false };
}

/** The loss of a test: what the solver computed, or the weighted sum of its outputs that are losses, if there are any. */
export function testLoss({ loss, scores }: TestEvent): number | undefined {
  if (loss !== undefined) return loss;
  const losses = scores.filter(({ lossWeight }) => lossWeight !== 0);
  if (losses.length === 0) return undefined;
  return losses.reduce((sum, { value, lossWeight }) => sum + value * lossWeight, 0);
}

/** Whether a test is better than the best so far. One that gave no finite number is not. */
export function isBetter(test: BestTest, best: BestTest | undefined): boolean {
  if (!Number.isFinite(test.value)) return false;
  if (best === undefined) return true;
  return test.higherIsBetter ? test.value > best.value : test.value < best.value;
}

/** The tops of the net's Accuracy layers, the best choice first. */
function accuracyName(net: Net | undefined): string[] {
  const layers = (net?.param.layer ?? []).filter(({ type }) => type === "Accuracy").toReversed();
  return [
    ...layers.filter(({ accuracy_param }) => (accuracy_param?.top_k ?? 1) === 1),
    ...layers,
  ].flatMap(({ top }) => top?.[0] ?? []);
}
