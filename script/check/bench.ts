import { type CheckNet, type LayerResult, type LayerUse, type NetPlan, planNet } from "./check_net.ts";
import { failureOf } from "./failure.ts";
import { bottomsOf, hasGradient } from "./examples/inputs.ts";
import { patternless } from "./examples/patternless.ts";
import type { TellFinding } from "./watching/watched_call.ts";

type Floats = Float32Array<ArrayBuffer>;

/** A layer in one use on the bench: what every check starts from. */
export interface Bench extends LayerUse {
  /** How far numbers may be apart that are computed in two ways, in parts of the larger one. */
  readonly tolerance: number;
  /** A net of the layer alone. */
  readonly plan: NetPlan;
  /** Values of the parameters. */
  readonly params: readonly Floats[];
  /** Whether each bottom has a gradient. */
  readonly wanted: readonly boolean[];
  /** What the layer computes from the example's inputs. */
  readonly base: LayerResult;
  /** Whether it has `backward`. */
  readonly hasBackward: boolean;
  /** Notes a mistake. */
  readonly tell: TellFinding;
  /** Notes what could not be checked. */
  readonly skip: (why: string) => void;
}

/** Prepares a bench; undefined when the layer can't run there, which `refuse` hears of. */
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
    // The first forward of a net, as a layer that draws does it again in any other.
    using fresh = benchNet({ params, wanted }, plan);
    const [base] = fresh.run();
    return { ...use, ...options, plan, params, wanted, base: base!, hasBackward };
  } catch (error) {
    refuse("fails", failureOf(error));
    return undefined;
  }
}

/** A net of the bench, with its parameters and its wishes. */
export function benchNet(
  bench: Pick<Bench, "params" | "wanted"> & Partial<Bench>,
  plan = bench.plan!,
): CheckNet {
  const net = plan.make();
  net.setParams(bench.params);
  for (const layer of net.layers) layer.propagateDown = bench.wanted;
  return net;
}

/** Whether the class says that a parameter does not learn. */
export function learns({ layerClass }: LayerUse, param: number): boolean {
  return layerClass.param?.[param]?.lr_mult !== 0;
}

/** Parameters that are the same everywhere are made different: much cancels out in them. */
function valuesToCheck(data: Floats, seed: number): Floats {
  const constant = data.every((value) => value === data[0]);
  const noise = patternless(data.length, 90 + seed);
  return constant
    ? data.map((value, i) => value + noise[i]! * 0.3 * Math.max(0.5, Math.abs(value)))
    : data.slice();
}

/** Which bottoms have a gradient: those that their example does not except, and that backward does not refuse. */
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
    return false; // it does not give this bottom's gradient, as Caffe's losses do not give that of labels
  }
}
