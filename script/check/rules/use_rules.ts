import { type Bench, benchNet } from "../bench.ts";
import { type CheckNet, gradientTops, type LayerResult, planNet } from "../check_net.ts";
import { failureOf, reasonOf } from "../failure.ts";
import { elementAt } from "../finding.ts";
import { bottomsOf, inputsOf } from "../examples/inputs.ts";
import { compare, compareResults, valuesOf } from "./compare.ts";

/** Runs the layer twice on the same inputs: results must agree. If it draws random numbers, in two nets. */
export function checkState(bench: Bench): void {
  using net = benchNet(bench);
  const [first] = net.run();
  if (bench.example.random) {
    compareResults(bench, net, "seed", "of another net with the same seed", bench.base, first!);
    return;
  }
  const [second] = net.run();
  // A data layer goes on to its next batch.
  if (bench.example.bottoms.length === 0) return;
  compareResults(bench, net, "state", "of a second run on the same inputs", first!, second!);
}

/** Runs forward on tops that already hold values: it must write every element, and not add to them. */
export function checkTopsWritten(bench: Bench): void {
  if (bench.example.random) return;
  for (const [i, { length }] of bench.base.tops.entries()) {
    if (length > 0) continue;
    const hint = "Give each top its shape in reshape: `top.reshape(...)`.";
    bench.tell("top-not-written", { what: `top ${i} has no elements`, key: { blob: "top" }, hint });
  }
  const GARBAGE = 5.03125;
  using net = benchNet(bench);
  const { layer } = net;
  layer.beforeForward = () => layer.tops.forEach(({ data }) => data.fill(GARBAGE));
  const [found] = net.run();
  const when = `that held ${GARBAGE} before`;
  compareResults(bench, net, "top-not-written", when, bench.base, found!, ["tops"]);
}

/** Runs the layer in place: it must compute the same results, or refuse. */
export async function checkInPlace(bench: Bench): Promise<void> {
  const { layerClass, example, base } = bench;
  const [first] = inputsOf(example);
  if (layerClass.isLoss || example.random || first === undefined || !gradientTops(bench).includes(0)) return;
  if (base.tops[0]?.length !== first.values.length) return;
  const plan = await planNet(bench, { inPlace: true });
  let net: CheckNet;
  try {
    net = benchNet(bench, plan);
  } catch {
    return; // it may refuse
  }
  using _ = net;
  try {
    const [found] = net.run();
    compareResults(bench, net, "in-place", "in place", base, found!);
  } catch {
    return; // here too
  }
}

/** Runs two layers of the class in one net, with shared parameters: neither may disturb the other. */
export async function checkTwoInANet(bench: Bench): Promise<void> {
  if (bench.example.random || bench.example.bottoms.length === 0) return;
  using alone = benchNet(bench);
  alone.inputs = inputsOf(bench.example, { seed: 1 });
  const [second] = alone.run();
  const layout = { copies: 2, params: bench.params.length };
  using net = benchNet(bench, await planNet(bench, layout));
  const found = net.run();
  const parts = ["tops", "bottomDiffs"] as const;
  for (const [i, expected] of [bench.base, second!].entries()) {
    const when = `of the ${i === 0 ? "first" : "second"} of two layers of the class in one net`;
    const layer = net.layers[i]!;
    if (!compareResults(bench, net, "two-in-a-net", when, expected, found[i]!, parts, layer)) return;
  }
  for (const [i, diff] of bench.base.paramDiffs.entries()) {
    const sum = diff.map((value, k) => value + second!.paramDiffs[i]![k]!);
    const what = `gradient of parameter ${i}, which two layers share`;
    compare(
      bench.tell,
      "parameter-diff-overwritten",
      { what, key: { blob: "parameter", shared: true } },
      net.params[i]!,
      sum,
      found[0]!.paramDiffs[i]!,
    );
  }
}

/** Changes the batch size and changes it back: results must be those of a new net of that size. */
export async function checkBatchSize(bench: Bench): Promise<void> {
  const { example } = bench;
  const batched = bottomsOf(example).some(({ shape, batchAxis }) => batchAxis !== null && shape.length > 0);
  if (example.random || !batched) return;
  const plan = await planNet(bench, { batches: 2 });
  let fresh: CheckNet;
  try {
    fresh = benchNet(bench, plan);
  } catch (error) {
    return bench.skip(`another batch size, because the layer refuses one twice as large: ${reasonOf(error)}`);
  }
  using _ = fresh;
  const [expected] = fresh.run();
  using net = benchNet(bench);
  net.run();
  const small = net.inputs;
  try {
    net.inputs = inputsOf(example, { batches: 2 });
    const [large] = net.run();
    const when = "after the batch became twice as large";
    if (!compareResults(bench, net, "batch-size", when, expected!, large!)) return;
    net.inputs = small;
    const [again] = net.run();
    compareResults(bench, net, "batch-size", "after the batch became small again", bench.base, again!);
  } catch (error) {
    bench.tell("batch-size", {
      ...failureOf(error),
      what: `after the batch changed its size, ${reasonOf(error)}`,
    });
  }
}

/** Looks for NaN and Infinity, on random inputs, on zeros and on large numbers. */
export function checkFinite(bench: Bench): void {
  using usual = benchNet(bench);
  if (!tellNonFinite(bench, usual, bench.base, "") || bench.example.bottoms.length === 0) return;
  for (const [extreme, when] of [["zero", "for zeros"], ["great", "for numbers of ±100"]] as const) {
    using net = benchNet(bench);
    const ranged = bottomsOf(bench.example).some(({ range }) => range !== undefined);
    const ends = ranged ? " or the ends of their range" : "";
    net.inputs = inputsOf(bench.example, { extreme });
    let found;
    try {
      [found] = net.run();
    } catch {
      continue; // it may refuse them
    }
    if (!tellNonFinite(bench, net, found!, ` ${when}${ends}`)) return;
  }
}

function tellNonFinite(bench: Bench, net: CheckNet, result: LayerResult, when: string): boolean {
  const { tops, bottoms, blobs } = net.layer;
  const parts = [
    ["top", result.tops, tops],
    ["bottom", result.bottomDiffs, bottoms],
    ["parameter", result.paramDiffs, blobs],
  ] as const;
  for (const [blob, arrays, own] of parts) {
    for (const [i, values] of arrays.entries()) {
      const wrong = values.keys().toArray().filter((k) => !Number.isFinite(values[k]));
      if (wrong.length === 0) continue;
      const [k] = wrong as [number];
      bench.tell("not-finite", {
        what: `${valuesOf(blob)} ${i} is ${values[k]}${when}`,
        key: { blob },
        element: elementAt(k, own[i]!.shape),
        others: wrong.length - 1,
      });
      return false;
    }
  }
  return true;
}
