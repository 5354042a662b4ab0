import { CremaError } from "../../base/error.ts";
import { locationOf } from "../../proto/text/location.ts";
import { copyLocation } from "../../proto/text/location.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { LIBRARY_TRAINING_TYPES } from "./training_types.ts";

/** Types that only training and scoring need, beside those that end in "Loss" and "Data". */
const TRAINING_TYPES = new Set(["Accuracy", "Silence", "Data", "HDF5Output"]);

/** Whether layers of a type are of no use to who runs a net on inputs of their own. */
export function isForTraining(type: string): boolean {
  return TRAINING_TYPES.has(type) || LIBRARY_TRAINING_TYPES.has(type) || /(Loss|Data|OHEM)$/.test(type) ||
    type === "AnnotatedData";
}

/**
 * A net for inference without the layers that read data, score and compute losses. Throws a CremaError when a layer that
 * stays reads a blob that nothing makes any more.
 */
export function withoutTraining(net: NetParameter): NetParameter {
  const layer = (net.layer ?? []).filter(({ type = "" }) => !isForTraining(type));
  const dropped = new Map(
    (net.layer ?? []).filter((each) => !layer.includes(each))
      .flatMap(({ top = [], name = "", type = "" }) => top.map((blob) => [blob, `'${name}' (${type})`])),
  );
  const made = new Set<string>();
  for (const each of layer) {
    for (const blob of each.bottom ?? []) {
      if (made.has(blob)) continue;
      const maker = dropped.get(blob);
      throw new CremaError(
        `Expected a layer that makes blob '${blob}' for inference but found ${
          maker === undefined ? "none" : `that ${maker} does, which is for training only`
        }`,
        {
          ...locationOf(each),
          layer: each.name,
          hint:
            `Export the net for deployment, which begins with Input layers, or give --input ${blob}:1,3,224,224.`,
        },
      );
    }
    for (const blob of each.top ?? []) made.add(blob);
  }
  return copyLocation(net, { ...net, layer });
}
