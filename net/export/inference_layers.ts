import { CremaError } from "../../base/error.ts";
import { copyLocation, locationOf } from "../../proto/text/location.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";
import { LIBRARY_TRAINING_TYPES } from "./training_types.ts";

/** Types that only training and scoring need, beside those that end in "Loss" and "Data". */
const TRAINING_TYPES = new Set(["Accuracy", "HDF5Output"]);

/** Whether layers of a type are of no use to who runs a net on inputs of their own. */
export function isForTraining(type: string): boolean {
  return TRAINING_TYPES.has(type) || LIBRARY_TRAINING_TYPES.has(type) || /(Loss|Data|OHEM)$/.test(type);
}

/** DummyData that is filled with one value is a constant, and stays. */
function isDropped(
  { type = "", dummy_data_param: { data_filler: fillers = [] } = {} }: LayerParameter,
): boolean {
  return isForTraining(type) &&
    !(type === "DummyData" && fillers.every(({ type = "constant" }) => type === "constant"));
}

/**
 * A net for inference without the layers that read data, score and compute losses. Throws a CremaError when a layer that
 * stays reads a blob that nothing makes any more.
 */
export function withoutTraining(net: NetParameter): NetParameter {
  const all = net.layer ?? [];
  const dropped = new Map(
    all.filter(isDropped)
      .flatMap(({ top = [], name = "", type = "" }) => top.map((blob) => [blob, `'${name}' (${type})`])),
  );
  const made = new Set<string>(), layer: LayerParameter[] = [];
  for (const each of all.filter((each) => !isDropped(each))) {
    const { bottom = [], top = [], type } = each;
    const unmade = bottom.filter((blob) => !made.has(blob));
    if (type === "Silence") {
      // What is not there needs no silence.
      const rest = bottom.filter((blob) => made.has(blob));
      if (rest.length > 0) layer.push(copyLocation(each, { ...each, bottom: rest }));
      continue;
    }
    for (const blob of unmade) {
      const maker = dropped.get(blob);
      throw new CremaError(
        `Expected a layer that makes blob '${blob}' for inference but found ${
          maker === undefined ? "none" : `that ${maker} does, which is for training only`
        }`,
        {
          ...locationOf(each),
          layer: each.name,
          hint:
            `Export the net for deployment, which begins with Input layers, or give --input ${blob}=1,3,224,224.`,
        },
      );
    }
    layer.push(withoutLossWeight(each));
    for (const blob of top) made.add(blob);
  }
  return copyLocation(net, { ...net, layer });
}

/** A layer whose tops are no losses: for a loss, a net has another layer. */
function withoutLossWeight(layer: LayerParameter): LayerParameter {
  const { loss_weight: weights, ...rest } = layer;
  return weights === undefined ? layer : copyLocation(layer, rest);
}
