import { type CheckNet, type LayerResult, type LayerUse, type NetPlan, planNet } from "./check_net.ts";
import { failureOf } from "./failure.ts";
import { bottomsOf, hasGradient } from "./examples/inputs.ts";
import { patternless } from "./examples/patternless.ts";
import type { TellFinding } from "./watching/watched_call.ts";

type Floats = Float32Array<ArrayBuffer>;

/** A layer in one use, and what it computes: what every check starts from. */
export interface Bench extends LayerUse {
  /** How far two results that should agree may be apart, relative to the larger one. */
  readonly tolerance: number;
  /** Makes nets with this layer only. */
  readonly plan: NetPlan;
  /** The parameters' values. */
  readonly params: readonly Floats[];
  /** Whether each bottom has a gradient. */
  readonly wanted: readonly boolean[];
  /** What the layer computes from the example's inputs. */
  readonly base: LayerResult;
  /** Whether it has a method `backward`. */
  readonly hasBackward: boolean;
  /** Reports a mistake. */
  readonly tell: TellFinding;
  /** Reports what could not be checked, and why. */
  readonly skip: (why: string) => void;
}

/** Prepares a bench. Returns undefined when the layer can't run in this use, and reports that to `refuse`. */
export async function prepareBench(
  use: LayerUse,
  { refuse, ...options }: Pick<Bench, "tolerance" | "tell" | "skip"> & { refuse: TellFinding },
): Promise<Bench | undefined> {
  try {
    const plan = await planNet(use);
    using net = plan.make("plain", refuse);
    const params = net.params.map(({ data }, i) => valuesToCheck(data, i));
    net.setParams(params);
    net.forward();
    const { hasBackward } = net.layer;
    const wanted = hasBackward ? wantedOf(use, net) : [];
    // A net's first forward: a layer that draws random numbers draws the same in the first forward of any
    // net.
    using fresh = benchNet({ params, wanted }, plan);
    const [base] = fresh.run();
    return { ...use, ...options, plan, params, wanted, base: base!, hasBackward };
  } catch (error) {
    refuse("fails", failureOf(error));
    return undefined;
  }
}

/** A net with the bench's parameters that asks for the gradients the layer has. */
export function benchNet(
  bench: Pick<Bench, "params" | "wanted"> & Partial<Bench>,
  plan = bench.plan!,
): CheckNet {
  const net = plan.make();
  net.setParams(bench.params);
  for (const layer of net.layers) layer.propagateDown = bench.wanted;
  return net;
}

/** Whether a parameter learns: its class does not give it an lr_mult of 0. */
export function learns({ layerClass }: LayerUse, param: number): boolean {
  return layerClass.param?.[param]?.lr_mult !== 0;
}

/** The values to check with: constant parameters get noise, because mistakes can cancel out in them. */
function valuesToCheck(data: Floats, seed: number): Floats {
  const constant = data.every((value) => value === data[0]);
  const noise = patternless(data.length, 90 + seed);
  return constant
    ? data.map((value, i) => value + noise[i]! * 0.3 * Math.max(0.5, Math.abs(value)))
    : data.slice();
}

/** Which bottoms have a gradient: those whose example does not deny it and that backward does not refuse. */
function wantedOf({ example }: LayerUse, net: CheckNet): boolean[] {
  const wanted = bottomsOf(example).map(hasGradient);
  net.layer.propagateDown = wanted;
  try {
    net.backward();
    return wanted;
  } catch (error) {
    const alone = wanted.map((each, i) => each && accepts(net, wanted.map((_, k) => k === i)));
    if (!alone.includes(true)) throw error;
    return alone;
  }
}

function accepts(net: CheckNet, propagateDown: boolean[]): boolean {
  net.layer.propagateDown = propagateDown;
  try {
    net.forward();
    net.backward();
    return true;
  } catch {
    return false; // it has no gradient for this bottom, as Caffe's losses have none for labels
  }
}
