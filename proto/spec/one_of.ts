import { CremaError } from "../../base/error.ts";
import { SpecLayer, Top } from "./spec_layer.ts";
import { counted } from "../../base/counted.ts";

/**
 * Joins layers that make the same blobs in different phases or stages: a net's data layer for training and
 * that for testing. Takes what the functions in `layers` return, one argument per layer, and returns the
 * same, to use as the bottoms of further layers. The layers get the name of the first one, unless they have a
 * `name` of their own. Throws a CremaError when a layer has no `include` or `exclude` rule, is in place, or
 * has another number of tops than the first one.
 *
 * ```ts
 * import { layers as L, NetSpec, oneOf } from "crema";
 * import assert from "node:assert/strict";
 *
 * const data = (phase: "TRAIN" | "TEST", source: string) =>
 *   L.Data({ source, batch_size: 64, backend: "LMDB", include: { phase }, ntop: 2 });
 * const n = new NetSpec();
 * [n.data, n.label] = oneOf(data("TRAIN", "train_lmdb"), data("TEST", "test_lmdb"));
 *
 * const { layer } = n.toProto();
 * assert.deepEqual(layer?.map(({ name, top }) => ({ name, top })), [
 *   { name: "data", top: ["data", "label"] },
 *   { name: "data", top: ["data", "label"] },
 * ]);
 * ```
 */
export function oneOf<T extends Top | Top[]>(...choices: [T, T, ...T[]]): T {
  const layers = choices.map(layerOf);
  const [first, ...others] = layers as [SpecLayer, ...SpecLayer[]];
  for (const layer of layers) check(layer, first);
  const { type, bottoms, param, topNames, tops } = first;
  const top = topNames.length === 0 ? {} : { top: topNames };
  const joined = new SpecLayer(type, bottoms, { ...param, ...top, ntop: tops.length }, others);
  if (Array.isArray(choices[0])) return [...joined.tops] as T;
  return (joined.tops[0] ?? new Top(joined, -1)) as T;
}

/** The layer of which these are all the tops. */
function layerOf(choice: Top | Top[]): SpecLayer {
  const tops: readonly Top[] = Array.isArray(choice) ? choice : [choice];
  const layer = tops[0]?.layer;
  const all = layer !== undefined && layer.tops.length === tops.filter(({ index }) => index >= 0).length;
  if (all && tops.every((top, i) => top.layer === layer && (top.index === i || top.index < 0))) return layer;
  throw new CremaError("Expected each argument of oneOf to be all tops of one layer but found others", {
    hint: "Give what a function of `layers` returned",
  });
}

function check(layer: SpecLayer, first: SpecLayer): void {
  const { type, param, tops } = layer;
  if (param.include === undefined && param.exclude === undefined) {
    throw new CremaError(
      `Expected an include or exclude rule in each layer of oneOf but found a ${type} without`,
      {
        hint: 'Write include: { phase: "TRAIN" }, for example',
      },
    );
  }
  if (layer.inPlace) {
    throw new CremaError(
      `Expected layers with tops of their own in oneOf but found a ${type} that is in_place`,
    );
  }
  if (layer.alternatives.length > 0) {
    throw new CremaError("Expected layers in oneOf but found those that another oneOf joined", {
      hint: "Give all of them to one oneOf",
    });
  }
  if (tops.length !== first.tops.length) {
    throw new CremaError(
      `Expected ${
        counted(first.tops.length, "top")
      } of each layer in oneOf, as of the first one, but found ${tops.length}`,
    );
  }
}
