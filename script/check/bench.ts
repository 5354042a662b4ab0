import type { Blob } from "../../ffi/blob.ts";
import { CremaError } from "../../base/error.ts";
import { type CheckNet, type LayerResult, type LayerUse, type NetPlan, planNet } from "./check_net.ts";
import { elementAt, type FindingDetails, type LayerRule } from "./finding.ts";
import { type BlobKind, errorKey } from "./finding_key.ts";
import { bottomsOf, hasGradient } from "./examples/inputs.ts";
import { patternless } from "./examples/patternless.ts";
import { userFrame } from "./user_frame.ts";
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

/** What a layer that throws comes to: the message without the name of the net's layer, and the line that threw. */
export function failureOf(error: unknown): FindingDetails {
  const cause = error instanceof CremaError ? error.cause : error;
  const what = reasonOf(error);
  return { what, key: errorKey(what), at: cause instanceof Error ? userFrame(cause) : undefined };
}

/** The message of an error, without the name of the net's layer. */
export function reasonOf(error: unknown): string {
  if (error instanceof CremaError) return error.reason;
  return error instanceof Error ? error.message : String(error);
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

/** Compares two arrays that should be the same; tells of the element that is most wrong. */
export function compare(
  tell: TellFinding,
  rule: LayerRule,
  details: FindingDetails,
  blob: Blob | readonly number[],
  expected: Floats,
  found: Floats,
  tolerance = 1e-4,
): boolean {
  const shape = "shape" in blob ? blob.shape : blob;
  const scale = expected.reduce((most, x) => Math.max(most, Number.isFinite(x) ? Math.abs(x) : 0), 1e-6);
  const wrong = expected.keys().toArray().filter((i) =>
    !Object.is(expected[i], found[i]) && !(Math.abs(expected[i]! - found[i]!) <= tolerance * scale)
  );
  if (wrong.length === 0 && expected.length === found.length) return true;
  if (expected.length !== found.length) {
    tell(rule, {
      ...details,
      what: `${details.what} has another size`,
      expected: expected.length,
      found: found.length,
    });
    return false;
  }
  const distance = (i: number) => Math.abs(expected[i]! - found[i]!);
  const worst = wrong.reduce((a, b) => distance(b) > distance(a) ? b : a);
  tell(rule, {
    ...details,
    element: elementAt(worst, shape),
    expected: expected[worst]!,
    found: found[worst]!,
    others: wrong.length - 1,
  });
  return false;
}

/** What a layer computes of a kind of blob: the values of a top, else a gradient. */
export function valuesOf(blob: BlobKind): string {
  return blob === "top" ? blob : `gradient of ${blob}`;
}

/** Compares all that a layer computed with what it should have; stops at the first difference. */
export function compareResults(
  bench: Bench,
  net: CheckNet,
  rule: LayerRule,
  when: string,
  expected: LayerResult,
  found: LayerResult,
  parts: readonly (keyof LayerResult)[] = ["tops", "bottomDiffs", "paramDiffs"],
  layer = net.layer,
): boolean {
  const blobs = { tops: layer.tops, bottomDiffs: layer.bottoms, paramDiffs: layer.blobs };
  const kinds = { tops: "top", bottomDiffs: "bottom", paramDiffs: "parameter" } as const;
  for (const part of parts) {
    for (const [i, values] of expected[part].entries()) {
      if (part === "bottomDiffs" && !bench.wanted[i]) continue;
      const details = { what: `${valuesOf(kinds[part])} ${i} ${when}`, key: { blob: kinds[part] } };
      if (!compare(bench.tell, rule, details, blobs[part][i]!, values, found[part][i]!)) return false;
    }
  }
  return true;
}
