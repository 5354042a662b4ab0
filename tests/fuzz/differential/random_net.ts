import { NetDraft } from "./net_draft.ts";
import { type LayerPlan, memoryOf, type NetPlan } from "./net_plan.ts";
import { addRandomLayer, addRandomLoss } from "./random_layers.ts";
import { randomSolver } from "./random_solver.ts";

/** The most layers of a random net. */
const MOST = 12;

/**
 * A net that follows from its seed: 3 to 12 layers that fit, with random settings, some in place, some with shared
 * parameters, of phase TRAIN or TEST, with losses or with gradients from outside. A third have a solver.
 */
export function randomNet(seed: number): NetPlan {
  for (let attempt = 0;; attempt++) {
    // Layers bring inputs of their own, which may be too many.
    const plan = planNet(new NetDraft(Math.imul(seed, 1009) + attempt), seed);
    if (plan.layers.length >= 3 && plan.layers.length <= MOST) return plan;
  }
}

function planNet(net: NetDraft, seed: number): NetPlan {
  const train = net.phase === "TRAIN" && !net.forceBackward;
  const length = net.between(3, MOST);
  // Images more often than anything else: they suit most layers.
  for (let i = net.between(1, 2); i > 0; i--) net.input(net.shape(net.pick([1, 2, 2, 3, 4, 4, 4, 4, 5])));
  // A loss brings its labels: two layers.
  const wantsLoss = length >= 5 && (train || !net.forceBackward || net.chance(0.3));
  for (let i = 0; i < 60 && net.layers.length < length - (wantsLoss ? 2 : 0); i++) addRandomLayer(net);
  if (wantsLoss) addRandomLoss(net);
  if (wantsLoss && net.layers.length + 2 <= MOST && net.chance(0.15)) addRandomLoss(net);
  const passes = net.chance(0.2) ? 2 : 1, solver = train && wantsLoss ? randomSolver(net) : undefined;
  return {
    seed: `net ${seed}`,
    phase: net.phase,
    forceBackward: net.forceBackward,
    layers: passes > 1 || solver !== undefined ? keepingInputs(net.layers) : net.layers,
    shapes: Object.fromEntries(net.values.map(({ id, shape }) => [id, shape])),
    inputs: net.inputs,
    constant: net.constant,
    passes,
    solver,
  };
}

/** Nothing works in place on an input, which would be another one in the next pass. */
function keepingInputs(layers: readonly LayerPlan[]): LayerPlan[] {
  return layers.map((layer) => {
    if (!layer.inPlace) return layer;
    const first = memoryOf(layers, layer.bottoms[0]!);
    const isInput = layers.find(({ tops }) => tops.includes(first))!.bottoms.length === 0;
    return isInput ? { ...layer, inPlace: false } : layer;
  });
}
