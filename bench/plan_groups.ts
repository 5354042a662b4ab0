import type { Net } from "../net/mod.ts";
import type { RoundOptions } from "./layer_types.ts";
import { elapsed, median, warmUpFor } from "./measure.ts";
import { type Bytes, groupBytes } from "./net_bytes.ts";
import { type Flops, layerFlops, sumFlops } from "../net/summary/layer_flops.ts";

/** A group of a net's plan: layers `first` to `last`, both included. */
export interface GroupRange {
  first: number;
  last: number;
  /** The names of the layers. */
  layers: readonly string[];
  /** What is fused; null for a layer by itself. */
  fusion: string | null;
  algorithms: Readonly<Record<string, string>>;
  flops: Flops;
  bytes: Bytes;
}

/** Times of one group of the plan, in a model on one engine, all of its layers in one call. */
export interface GroupRow {
  model: string;
  engine: string;
  layers: readonly string[];
  fusion: string | null;
  /** How each pass is computed, where there is a choice. */
  algorithms: Readonly<Record<string, string>>;
  forward_ms: number;
  /** 0, as all of backward, for a net that is for testing. */
  backward_ms: number;
  /** Of the group's products: see `layerFlops`; 0 without. */
  forward_flops: number;
  backward_flops: number;
  /** The least that has to be moved: see `groupBytes`. */
  forward_bytes: number;
  backward_bytes: number;
}

/** The groups of a net's plan, after passes over the whole net. Empty for an engine without plans. */
export function planGroups(net: Net): GroupRange[] {
  const flops = layerFlops(net);
  let next = 0;
  return net.plan().map(({ layers, fusion, fused, algorithms }) => {
    const first = next, last = next + layers.length - 1;
    next = last + 1;
    return {
      first,
      last,
      layers,
      fusion: fused ? fusion : null,
      algorithms,
      flops: sumFlops(flops.slice(first, last + 1)),
      bytes: groupBytes(net, first, last),
    };
  });
}

/**
 * Measures a net group by group: each range of layers in one native call, in which the engine computes it as in a whole
 * pass, backward too unless the net is for testing. `groups` may come from the same net on another engine, which is then measured over the same ranges; no rows for
 * an engine that inserts other layers.
 */
export function planGroupRows(
  model: string,
  engine: string,
  { handle }: Net,
  groups: readonly GroupRange[],
  { rounds, warmUpMs }: RoundOptions,
): GroupRow[] {
  const count = (groups.at(-1)?.last ?? -1) + 1;
  if (count === 0 || count !== handle.layers.length) return [];
  const forward = groups.map((): number[] => []), backward = groups.map((): number[] => []);
  const round = (counts: boolean) => {
    handle.clearDiffs();
    for (const [i, { first, last }] of groups.entries()) {
      const time = elapsed(() => handle.forward(first, last));
      if (counts) forward[i]!.push(time);
    }
    if (handle.phase === "TEST") return;
    for (const [i, { first, last }] of [...groups.entries()].reverse()) {
      const time = elapsed(() => handle.backward(last, first));
      if (counts) backward[i]!.push(time);
    }
  };
  warmUpFor(warmUpMs, () => round(false));
  for (let i = 0; i < rounds; i++) round(true);
  return groups.map(({ layers, fusion, algorithms, flops, bytes }, i) => ({
    model,
    engine,
    layers,
    fusion,
    algorithms,
    forward_ms: median(forward[i]!),
    backward_ms: handle.phase === "TEST" ? 0 : median(backward[i]!),
    forward_flops: flops.forward,
    backward_flops: flops.backward,
    forward_bytes: bytes.forward,
    backward_bytes: bytes.backward,
  }));
}
