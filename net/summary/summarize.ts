import type { Net } from "../net.ts";
import { layerFlops } from "./layer_flops.ts";
import { type ReceptiveField, receptiveFields } from "./receptive_fields.ts";

/** A layer in a {@link NetSummary}. */
export interface LayerSummary {
  /** Its name. */
  name: string;
  /** Its type. */
  type: string;
  /** Names of its bottoms. */
  bottoms: string[];
  /** Names of its tops. */
  tops: string[];
  /** The shape of each top. */
  shapes: number[][];
  /** Number of its parameters, those included that it shares with another layer. */
  parameters: number;
  /** Multiplications, each with its addition, of a forward pass of the whole batch. */
  multiplyAdds: number;
  /** What a value of its first top depends on; undefined where there are no pixels before it. */
  receptiveField: ReceptiveField | undefined;
}

/** What a net is made of, and costs. */
export interface NetSummary {
  /** The net's name. */
  name: string;
  /** The layers, without the splits that the engine inserts. */
  layers: LayerSummary[];
  /** Number of parameters; one that several layers share counts once. */
  parameters: number;
  /** How many of them are learned: those with an lr_mult that is not 0, and not the statistics of BatchNorm. */
  learned: number;
  /** Multiplications, each with its addition, of a forward pass. */
  multiplyAdds: number;
  /** Bytes that a pass needs when every blob keeps its memory, as in Caffe. */
  bytes: {
    /** Forward: blobs and parameters. */
    inference: number;
    /** Forward and backward with SGD: blobs, parameters, the gradients of both, and the momentum. */
    training: number;
  };
}

/** Sums up a net: its layers with their shapes, parameters, multiply-adds and receptive fields, and its memory. */
export function summarize(net: Net): NetSummary {
  const params = net.param.layer ?? [];
  const { blobs } = net, views = net.layers;
  const flops = layerFlops(net);
  const fields = receptiveFields(params, (name) => blobs.get(name)?.shape ?? []);
  // The engine's layers are those of the net with splits between.
  const splits = (name: string, type: string) => type === "Split" && /_split$/.test(name);
  const own = views.map((view, i) => ({ view, flops: flops[i]! }))
    .filter(({ view: { name, type } }) => !splits(name, type) || params.some((param) => param.name === name));
  const shared = new Set<string>();
  let parameters = 0, learned = 0;
  const layers = own.map(({ view, flops: { forward } }, i): LayerSummary => {
    const { name, type } = view, { bottom = [], top = [], param = [] } = params[i] ?? {};
    for (const [j, { count }] of view.blobs.entries()) {
      const { name: sharedName = "", lr_mult: rate = 1 } = param[j] ?? {};
      if (sharedName !== "" && shared.has(sharedName)) continue;
      if (sharedName !== "") shared.add(sharedName);
      parameters += count;
      if (rate !== 0 && type !== "BatchNorm") learned += count;
    }
    const shapes = (top.length > 0 ? top : view.tops).map((blob) => [...blobs.get(blob)?.shape ?? []]);
    return {
      name,
      type,
      bottoms: [...bottom],
      tops: [...top],
      shapes,
      parameters: view.blobs.reduce((sum, { count }) => sum + count, 0),
      multiplyAdds: forward / 2,
      receptiveField: fields.get(top[0] ?? ""),
    };
  });
  // What a split makes is the memory of its bottom.
  const copies = new Set(
    views.filter(({ name, type }) => splits(name, type)).flatMap(({ tops }) => [...tops]),
  );
  const values = Array.from(blobs).reduce(
    (sum, [name, { count }]) => sum + (copies.has(name) ? 0 : count),
    0,
  );
  return {
    name: net.name,
    layers,
    parameters,
    learned,
    multiplyAdds: layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
    bytes: {
      inference: 4 * (values + parameters),
      training: 4 * (2 * values + 2 * parameters + learned),
    },
  };
}
