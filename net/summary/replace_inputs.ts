import { nearest } from "../../base/distance.ts";
import { CremaError } from "../../base/error.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";

/**
 * A net whose blobs of these names come from Input layers of these shapes instead of the layers that made them, such as
 * data layers whose databases are elsewhere. Throws a CremaError when no layer makes such a blob, or makes others too.
 */
export function replaceInputs(
  net: NetParameter,
  inputs: ReadonlyMap<string, readonly number[]>,
): NetParameter {
  if (inputs.size === 0) return net;
  const made = new Set((net.layer ?? []).flatMap(({ top = [] }) => top));
  for (const name of inputs.keys()) {
    if (made.has(name)) continue;
    const near = nearest(name, made);
    throw new CremaError(`Expected a blob of the net but found '${name}'`, {
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    });
  }
  const layer = (net.layer ?? []).map((each): LayerParameter => {
    const { name, top = [], bottom = [], include, exclude } = each;
    const given = top.filter((blob) => inputs.has(blob));
    if (given.length === 0 || bottom.length > 0) return each;
    const missing = top.find((blob) => !inputs.has(blob));
    if (missing !== undefined) {
      throw new CremaError(`Expected a shape for '${missing}' too, which the same layer makes`, {
        layer: name,
      });
    }
    const shape = top.map((blob) => ({ dim: [...inputs.get(blob)!] }));
    const rules = {
      ...include === undefined ? {} : { include },
      ...exclude === undefined ? {} : { exclude },
    };
    return { name: name ?? "", type: "Input", top, input_param: { shape }, ...rules };
  });
  return { ...net, layer };
}
