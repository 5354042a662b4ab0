import type { Phase } from "../../../proto/messages.ts";
import type { Values } from "../../conformance/values.ts";
import { blobOf, memoryOf, type NetPlan, planText } from "./net_plan.ts";

/** What an engine is asked: a net, what to put into it, and what to tell of it. It can be sent as JSON. */
export interface NetQuestion {
  readonly net: string;
  readonly phase: Phase;
  readonly seed: string;
  readonly forceBackward: boolean;
  readonly passes: number;
  readonly solver?: string | undefined;
  /**
   * By the blob's name when layers work in place: the blob that has its last value, the one that has the gradient of its
   * first, how to fill it when it is an input, whether it is to have a gradient, and whether its values stay. Neither is
   * so where a layer works in place on another blob of the same memory, but the gradient of the memory's first value is.
   */
  readonly blobs: readonly {
    readonly name: string;
    readonly data: string;
    readonly diff: string;
    readonly input?: Values | undefined;
    readonly gradient: boolean;
    readonly stays: boolean;
  }[];
  /** Parameters that are filled alike: those of one layer, or of all that share them. */
  readonly groups: readonly {
    readonly name: string;
    readonly layers: readonly string[];
    readonly params: number;
    readonly fill?: readonly Values[] | undefined;
    readonly statistics: boolean;
    /** Whether each layer has its own, so that their gradients are to be added up. */
    readonly apart: boolean;
  }[];
  /** Whether gradients of several passes are added up here, not by the engine. */
  readonly addedHere: boolean;
  /** All inputs and parameters are multiplied by random factors of up to this from 1. */
  readonly noise: number;
}

/** How a plan is asked. */
export interface QuestionOptions {
  /** Give each layer a top of its own instead of working in place. */
  readonly apart?: boolean | undefined;
  /** Give each layer its own parameters instead of sharing them. */
  readonly unshared?: boolean | undefined;
  /** Add up the gradients of several passes outside of the engine. */
  readonly addedHere?: boolean | undefined;
  readonly noise?: number | undefined;
}

/** The question of a plan. Whatever the options, answers to it have the same names and are to have the same values. */
export function questionOf(
  plan: NetPlan,
  { apart, unshared, addedHere = false, noise = 0 }: QuestionOptions = {},
): NetQuestion {
  const written: NetPlan = {
    ...plan,
    layers: plan.layers.map((layer) => ({
      ...layer,
      inPlace: layer.inPlace && !apart,
      share: unshared ? undefined : layer.share,
    })),
  };
  const values = new Map<string, string[]>();
  for (const value of plan.layers.flatMap(({ tops }) => tops)) {
    const blob = blobOf(plan, value);
    values.set(blob, [...values.get(blob) ?? [], value]);
  }
  const gradients = valuesWithGradient(plan);
  const groups = Map.groupBy(
    plan.layers.filter(({ params }) => params > 0),
    ({ share, name }) => share ?? name,
  );
  return {
    net: planText(written),
    phase: plan.phase,
    seed: plan.seed,
    forceBackward: plan.forceBackward,
    passes: plan.passes,
    // Separate parameters would be trained separately.
    solver: unshared && plan.layers.some(({ share }) => share !== undefined) ? undefined : plan.solver,
    blobs: Array.from(values, ([name, versions]) => ({
      name,
      data: blobOf(written, versions.at(-1)!),
      diff: blobOf(written, versions[0]!),
      input: plan.inputs[versions[0]!],
      gradient: gradients.has(versions[0]!) && !plan.constant.includes(versions[0]!) &&
        (!overwrittenElsewhere(plan, name, versions[0]!) ||
          memoryOf(plan.layers, versions[0]!) === versions[0]),
      stays: !overwrittenElsewhere(plan, name, versions[0]!),
    })),
    groups: Array.from(groups, ([name, layers]) => ({
      name,
      layers: layers.map((layer) => layer.name),
      params: layers[0]!.params,
      fill: layers[0]!.fill,
      statistics: layers[0]!.statistics ?? false,
      apart: unshared ?? false,
    })),
    addedHere,
    noise,
  };
}

/** The values whose gradient something needs: a parameter below them, or whoever forces it. */
function valuesWithGradient({ layers, forceBackward, inputs }: NetPlan): Set<string> {
  const values = new Set(forceBackward ? Object.keys(inputs) : []);
  for (const { bottoms, tops, params, statistics, multipliers } of layers) {
    const learns = params > 0 && !statistics && (multipliers?.some(([rate]) => rate !== 0) ?? true);
    const forced = forceBackward && bottoms.length > 0;
    if (learns || forced || bottoms.some((bottom) => values.has(bottom))) {
      tops.forEach((top) => values.add(top));
    }
  }
  return values;
}

function overwrittenElsewhere(plan: NetPlan, blob: string, value: string): boolean {
  return plan.layers.some(({ inPlace, bottoms: [bottom] }) =>
    inPlace && blobOf(plan, bottom!) !== blob &&
    memoryOf(plan.layers, bottom!) === memoryOf(plan.layers, value)
  );
}
