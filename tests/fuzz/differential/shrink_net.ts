import { inputLayer, type LayerPlan, type NetPlan } from "./net_plan.ts";

/** A smaller net of which `stays` is still true: layers are dropped, bridged, and cut off from what made their bottoms. */
export async function shrinkNet(plan: NetPlan, stays: (plan: NetPlan) => Promise<boolean>): Promise<NetPlan> {
  for (let smaller: NetPlan | undefined = plan; smaller !== undefined;) {
    plan = smaller;
    smaller = undefined;
    for (const candidate of candidates(plan)) {
      if (!await stays(candidate)) continue;
      smaller = candidate;
      break;
    }
  }
  return plan;
}

function* candidates(plan: NetPlan): Generator<NetPlan> {
  if (plan.solver !== undefined) yield { ...plan, solver: undefined };
  if (plan.passes > 1) yield { ...plan, passes: 1 };
  for (const layer of plan.layers.toReversed()) {
    const others = plan.layers.filter((each) => each !== layer);
    const taken = layer.tops.filter((top) => others.some(({ bottoms }) => bottoms.includes(top)));
    if (layer.type !== "Input" && taken.length === 0) yield pruned({ ...plan, layers: others });
    const [bottom] = layer.bottoms, [top] = layer.tops;
    if (
      bottom !== undefined && top !== undefined && layer.tops.length === 1 &&
      plan.shapes[bottom]!.join() === plan.shapes[top]!.join()
    ) {
      yield pruned({
        ...plan,
        layers: others.map((each) => ({
          ...each,
          bottoms: each.bottoms.map((id) => id === top ? bottom : id),
        })),
      });
    }
    if (layer.type !== "Input" && !layer.inPlace && taken.length > 0) yield cutOff(plan, layer, taken);
  }
}

/** The net with inputs in the place of what a layer makes. */
function cutOff(plan: NetPlan, layer: LayerPlan, taken: readonly string[]): NetPlan {
  return pruned({
    ...plan,
    layers: plan.layers.flatMap((each) =>
      each !== layer ? [each] : taken.map((top) => inputLayer(top, plan.shapes[top]!))
    ),
    inputs: { ...plan.inputs, ...Object.fromEntries(taken.map((top) => [top, { kind: "normal" } as const])) },
  });
}

/** The net without inputs that nothing takes. */
function pruned(plan: NetPlan): NetPlan {
  const taken = new Set(plan.layers.flatMap(({ bottoms }) => bottoms));
  return {
    ...plan,
    layers: plan.layers.filter(({ type, tops }) => type !== "Input" || tops.some((top) => taken.has(top))),
  };
}
