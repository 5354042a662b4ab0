import type { LayerParameter, NetParameter } from "../../proto/messages.ts";
import { filterNet } from "../../proto/nets/filter.ts";
import { kindOfLayer } from "./kind_of_layer.ts";
import type { State } from "./made_up_data.ts";

/**
 * The states in which a net is not the same; for a net that is the same in both, TRAIN if it has a loss, else TEST. Where
 * layers of a phase need stages, as a solver gives them, the first of them that are named count. A phase that has no data is
 * left out, since its net is another file's, and so is training where nothing can be learned.
 */
export function statesOf(net: NetParameter): State[] {
  const rules = (net.layer ?? []).flatMap(({ include = [] }) => include);
  const states = (["TRAIN", "TEST"] as const).map((phase) => ({
    phase,
    stage: rules.find((rule) => rule.phase === phase && rule.stage !== undefined)?.stage ?? [],
  }));
  const differs = (net.layer ?? []).some(({ include = [], exclude = [] }) =>
    [...include, ...exclude].some(({ phase }) => phase !== undefined)
  );
  const fed = states.filter((state) => layersIn(net, state).some(({ bottom = [] }) => bottom.length === 0));
  const useful = (fed.length > 0 ? fed : states)
    .filter((state) => state.phase === "TEST" || layersIn(net, state).some(isLoss));
  if (useful.length === 0) return fed;
  return differs ? useful : useful.slice(0, 1);
}

function isLoss(layer: LayerParameter): boolean {
  return /Loss/.test(kindOfLayer(layer)) || (layer.loss_weight ?? []).some((weight) => weight !== 0);
}

/** The layers that a net has in a state. */
export function layersIn(net: NetParameter, { phase, stage }: State): LayerParameter[] {
  return filterNet(net, { ...net.state, phase, stage: [...stage] }).layer ?? [];
}
