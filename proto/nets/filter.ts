import { CremaError } from "../../base/error.ts";
import { copyLocation, locationOf } from "../text/location.ts";
import type { LayerParameter, NetParameter, NetState, NetStateRule } from "../messages.ts";

/**
 * Whether a state meets a rule: its phase is the rule's, its level is within the rule's bounds, it has all of
 * the rule's stages and none of its not_stages. What the rule leaves out does not matter.
 */
export function stateMeetsRule(state: NetState, rule: NetStateRule): boolean {
  const level = state.level ?? 0;
  const stages = new Set(state.stage ?? []);
  return (rule.phase === undefined || rule.phase === (state.phase ?? "TEST")) &&
    (rule.min_level === undefined || level >= rule.min_level) &&
    (rule.max_level === undefined || level <= rule.max_level) &&
    (rule.stage ?? []).every((stage) => stages.has(stage)) &&
    !(rule.not_stage ?? []).some((stage) => stages.has(stage));
}

/**
 * The net with only the layers that belong to a state (default: the net's own state, or else phase TEST), and
 * with that state as its own. A layer with include rules stays if one of them is met; a layer with exclude
 * rules stays unless one of them is met. The rules stay in the layers, as in Caffe. Throws a CremaError for a
 * layer with both kinds.
 *
 * ```ts
 * import { filterNet } from "./filter.ts";
 * import assert from "node:assert/strict";
 *
 * const net = { layer: [{ name: "data", include: [{ phase: "TRAIN" as const }] }, { name: "ip" }] };
 * assert.deepEqual(filterNet(net, { phase: "TEST" }).layer?.map((layer) => layer.name), ["ip"]);
 * ```
 */
export function filterNet(net: NetParameter, state: NetState = net.state ?? {}): NetParameter {
  const filtered: NetParameter = { ...net, state };
  if (net.layer !== undefined) filtered.layer = net.layer.filter((layer) => isIncluded(layer, state));
  return copyLocation(net, filtered);
}

function isIncluded(layer: LayerParameter, state: NetState): boolean {
  const { include = [], exclude = [] } = layer;
  if (include.length > 0 && exclude.length > 0) {
    throw new CremaError("Expected either include or exclude rules but found both", {
      ...locationOf(layer),
      layer: layer.name,
    });
  }
  if (include.length > 0) return include.some((rule) => stateMeetsRule(state, rule));
  return !exclude.some((rule) => stateMeetsRule(state, rule));
}
