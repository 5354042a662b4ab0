import { CremaError } from "../base/error.ts";
import type { NetHandle } from "../ffi/net_handle.ts";
import type { NetParameter } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";

/**
 * Throws a CremaError when a layer with parameters has the name of another layer: weights are saved, loaded and
 * shared by layer name, so they would reach the wrong one. Of layers without a name, one may have parameters.
 * `param` is the net as the engine got it; the error names the line of the second layer and that of the first.
 */
export function checkLayerNames({ layers }: Pick<NetHandle, "layers">, param: NetParameter): void {
  for (const [name, group] of Map.groupBy(layers, (layer) => layer.name)) {
    const holders = group.filter(({ params }) => params.length > 0);
    if (group.length < 2 || holders.length < (name === "" ? 2 : 1)) continue;
    const types = new Set((name === "" ? holders : group).map(({ type }) => type));
    const given = (param.layer ?? []).filter((each) =>
      (each.name ?? "") === name && types.has(each.type ?? "")
    );
    const [first, second] = given.map((each) => locationOf(each, "name") ?? locationOf(each));
    const described = name === "" ? "without a name" : `named '${name}'`;
    const before = first?.line === undefined ? "" : `, the first at line ${first.line}`;
    throw new CremaError(
      `Expected layers with parameters to have names of their own but found two layers ${described} (${
        given.slice(0, 2).map(({ type }) => type).join(" and ")
      })${before}`,
      { ...second, hint: "Weights are saved and loaded by layer name: rename one of the two." },
    );
  }
}
