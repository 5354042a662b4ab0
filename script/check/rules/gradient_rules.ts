import { type Bench, benchNet, learns } from "../bench.ts";
import { type CheckNet, LOSS_WEIGHT } from "../check_net.ts";
import { elementAt } from "../finding.ts";
import type { BlobKind, FindingKey } from "../finding_key.ts";
import { compare } from "./compare.ts";
import { propagateDownCases } from "./propagate_down_cases.ts";
import { compareSlopes, sampled, type SlopeReport } from "./slopes.ts";

type Floats = Float32Array<ArrayBuffer>;

/** For how many elements of each blob differences are taken. */
const SAMPLES = 160;
/** What a diff holds before backward; no gradient has this value by chance. */
const GARBAGE = 7.0625;
const BOTTOM: FindingKey = { blob: "bottom" };
const PARAMETER: FindingKey = { blob: "parameter" };

/** Compares the gradients of all bottoms and parameters with differences of the loss. */
export function checkGradients(bench: Bench): void {
  if (bench.example.random) return checkRandomGradients(bench);
  using net = benchNet(bench);
  const loss = () => net.forward();
  compareGradients(bench, net, () => net, loss);
}

/** Gives a layer that draws random numbers a new net for each loss: first forwards draw the same. */
function checkRandomGradients(bench: Bench): void {
  using net = benchNet(bench);
  let fresh: CheckNet | undefined;
  const renew = () => {
    fresh?.[Symbol.dispose]();
    return fresh = benchNet(bench);
  };
  try {
    compareGradients(bench, net, renew, () => fresh!.forward());
  } finally {
    fresh?.[Symbol.dispose]();
  }
}

function compareGradients(bench: Bench, shown: CheckNet, renew: () => CheckNet, loss: () => number): void {
  const { base, wanted, tolerance } = bench;
  for (const [i, gradient] of base.bottomDiffs.entries()) {
    if (!wanted[i]) continue;
    const { values, shape } = shown.inputs[i]!;
    const report = compareSlopes({
      gradient,
      tolerance,
      elements: sampled(gradient.length, SAMPLES),
      valueAt: (index) => values[index]!,
      lossAt(index, value) {
        const input = renew().inputs[i]!.values;
        const before = input[index]!;
        input[index] = value;
        const at = loss();
        input[index] = before;
        return at;
      },
    });
    tellSlopes(bench, "bottom", i, shape, gradient, report);
  }
  if (bench.example.parameterGradients === false) return;
  for (const [i, gradient] of base.paramDiffs.entries()) {
    if (!learns(bench, i)) continue;
    const report = compareSlopes({
      gradient,
      tolerance,
      elements: sampled(gradient.length, SAMPLES),
      valueAt: (index) => bench.params[i]![index]!,
      lossAt(index, value) {
        const { data } = renew().params[i]!;
        data[index] = value;
        const at = loss();
        data[index] = bench.params[i]![index]!;
        return at;
      },
    });
    tellSlopes(bench, "parameter", i, shown.params[i]!.shape, gradient, report);
  }
}

function tellSlopes(
  bench: Bench,
  blob: BlobKind,
  i: number,
  shape: readonly number[],
  gradient: Floats,
  { mismatches, steepest, factor }: SlopeReport,
): void {
  if (mismatches.length === 0) return;
  const distance = ({ expected, found }: { expected: number; found: number }) => Math.abs(expected - found);
  const worst = mismatches.reduce((a, b) => distance(b) > distance(a) ? b : a);
  const whose = `${blob} ${i}`;
  const details = {
    what: `gradient of ${whose}`,
    key: { blob },
    element: elementAt(worst.index, shape),
    expected: worst.expected,
    found: worst.found,
    others: mismatches.length - 1,
  };
  if (gradient.every((value) => value === 0) && steepest > 0) return bench.tell("gradient-missing", details);
  if (factor === undefined) return bench.tell("gradient", details);
  if (Math.abs(factor + 1) < 0.05) return bench.tell("gradient-sign", details);
  bench.tell("gradient-factor", { ...details, hint: factorHint(factor, bench, shape, whose) });
}

function factorHint(factor: number, bench: Bench, shape: readonly number[], whose: string): string {
  const is = (value: number) => Math.abs(factor / value - 1) < 0.02;
  const batch = bench.example.bottoms.length > 0 ? batchOf(bench) : 1;
  const times = `The whole gradient is ${Number(factor.toPrecision(4))} times what it should be`;
  if (batch > 1 && is(batch)) {
    return `${times}: forward divides by the number of items (${batch}), backward must as well.`;
  }
  if (batch > 1 && is(1 / batch)) {
    return `${times}: backward divides by the number of items (${batch}), forward does not.`;
  }
  if (is(2)) return `${times}: is there a ½ in forward?`;
  if (is(0.5)) return `${times}: the derivative of x² is 2x.`;
  if (bench.layerClass.isLoss && is(1 / LOSS_WEIGHT)) {
    return `${times}: backward must multiply by the loss_weight (${LOSS_WEIGHT}), which the top's diff holds.`;
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (is(count) || is(1 / count)) return `${times}: that is the number of values of ${whose}.`;
  return `${times}.`;
}

/** The batch size of the first bottom. */
function batchOf({ example }: Bench): number {
  const [first] = example.bottoms;
  const shape = first !== undefined && "shape" in first ? first.shape : first;
  const axis = first !== undefined && "shape" in first ? first.batchAxis ?? 0 : 0;
  return shape?.[axis] ?? 1;
}

/**
 * Runs backward on diffs that already hold values: it must overwrite bottoms' diffs and add to parameters'.
 */
export function checkDiffsBefore(bench: Bench): void {
  if (bench.example.random) return;
  const { base, wanted, tell } = bench;
  using net = benchNet(bench);
  const [found] = net.run({ bottomDiffs: GARBAGE, paramDiffs: GARBAGE });
  for (const [i, expected] of base.bottomDiffs.entries()) {
    if (!wanted[i]) continue;
    const diff = found!.bottomDiffs[i]!, { shape } = net.layer.bottoms[i]!;
    const untouched = diff.keys().toArray().filter((k) => diff[k] === GARBAGE);
    // A diff that is never written may have no gradient. Differences of the loss will show.
    if (untouched.length === diff.length) continue;
    if (untouched.length > 0) {
      tell("bottom-diff-not-written", {
        what: `backward leaves the diff of bottom ${i} as it was`,
        key: BOTTOM,
        element: elementAt(untouched[0]!, shape),
        others: untouched.length - 1,
      });
      continue;
    }
    const what = `gradient of bottom ${i} where its diff held ${GARBAGE} before`;
    compare(tell, "bottom-diff-added-to", { what, key: BOTTOM }, shape, expected, diff);
  }
  for (const [i, expected] of base.paramDiffs.entries()) {
    if (!learns(bench, i)) continue;
    const what = `diff of parameter ${i} that held ${GARBAGE} before`;
    const sum = expected.map((value) => value + GARBAGE);
    compare(
      tell,
      "parameter-diff-overwritten",
      { what, key: PARAMETER },
      net.params[i]!,
      sum,
      found!.paramDiffs[i]!,
    );
  }
}

/** Runs backward with the tops' diffs doubled: gradients must double too. */
export function checkTopDiff(bench: Bench): void {
  if (bench.example.random) return;
  const { base, wanted, tell } = bench;
  using net = benchNet(bench);
  const [found] = net.run({ topDiffScale: 2 });
  for (const [i, gradient] of base.bottomDiffs.entries()) {
    if (!wanted[i]) continue;
    const what = `gradient of bottom ${i} where the tops' diff is twice as large`;
    const twice = gradient.map((value) => 2 * value);
    const details = { what, key: BOTTOM };
    if (!compare(tell, "top-diff-ignored", details, net.inputs[i]!.shape, twice, found!.bottomDiffs[i]!)) {
      return;
    }
  }
  if (bench.example.parameterGradients === false) return;
  for (const [i, gradient] of base.paramDiffs.entries()) {
    const what = `gradient of parameter ${i} where the tops' diff is twice as large`;
    const twice = gradient.map((value) => 2 * value);
    compare(tell, "top-diff-ignored", { what, key: PARAMETER }, net.params[i]!, twice, found!.paramDiffs[i]!);
  }
}

/** Runs backward for every combination of wanted gradients: those that are wanted must stay right. */
export function checkPropagateDown(bench: Bench): void {
  if (bench.example.random) return;
  const { base, tell } = bench;
  using net = benchNet(bench);
  const none = base.paramDiffs.length > 0 ? [bench.wanted.map(() => false)] : [];
  for (const propagateDown of [...propagateDownCases(bench).slice(1), ...none]) {
    net.layer.propagateDown = propagateDown;
    const [found] = net.run({ bottomDiffs: GARBAGE });
    const when = `with propagateDown [${propagateDown.join(", ")}]`;
    for (const [i, expected] of base.bottomDiffs.entries()) {
      const { shape } = net.layer.bottoms[i]!, diff = found!.bottomDiffs[i]!;
      if (!propagateDown[i]) {
        const what = `diff of bottom ${i}, which is not wanted, ${when}`;
        const untouched = diff.map(() => GARBAGE);
        compare(tell, "unwanted-diff-written", { what, key: BOTTOM }, shape, untouched, diff, 0);
      } else if (expected.some((value) => value !== 0) || diff.some((value) => value !== GARBAGE)) {
        const what = `gradient of bottom ${i} ${when}`;
        compare(tell, "propagate-down", { what, key: BOTTOM }, shape, expected, diff);
      }
    }
    for (const [i, expected] of base.paramDiffs.entries()) {
      if (!learns(bench, i)) continue;
      const what = `gradient of parameter ${i} ${when}`;
      compare(
        tell,
        "propagate-down",
        { what, key: PARAMETER },
        net.params[i]!,
        expected,
        found!.paramDiffs[i]!,
      );
    }
  }
}
