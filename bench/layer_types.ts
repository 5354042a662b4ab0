import type { Net } from "../net/mod.ts";
import { elapsed, median, warmUpFor } from "./measure.ts";

/** Times of all layers of one type together, in a model on one engine, each layer by itself. */
export interface LayerTypeRow {
  model: string;
  engine: string;
  type: string;
  forward_ms: number;
  /** 0 for a net that is for testing. */
  backward_ms: number;
}

/** How often to measure. */
export interface RoundOptions {
  rounds: number;
  /** Milliseconds of rounds before those, at least one. */
  warmUpMs: number;
}

/** Measures the layers of a net one by one, and adds them up by type. Backward too unless the net is for testing. */
export function layerTypeRows(
  model: string,
  engine: string,
  { handle }: Net,
  { rounds, warmUpMs }: RoundOptions,
): LayerTypeRow[] {
  const types = [...new Set(handle.layers.map(({ type }) => type))];
  const times = new Map(types.map((type) => [type, { forward: [] as number[], backward: [] as number[] }]));
  const round = () => {
    const sums = new Map(types.map((type) => [type, { forward: 0, backward: 0 }]));
    handle.clearDiffs();
    for (const [i, { type }] of handle.layers.entries()) {
      sums.get(type)!.forward += elapsed(() => handle.forward(i, i));
    }
    if (handle.phase === "TEST") return sums;
    for (const [i, { type }] of [...handle.layers.entries()].reverse()) {
      sums.get(type)!.backward += elapsed(() => handle.backward(i, i));
    }
    return sums;
  };
  warmUpFor(warmUpMs, round);
  for (let i = 0; i < rounds; i++) {
    for (const [type, { forward, backward }] of round()) {
      times.get(type)!.forward.push(forward);
      times.get(type)!.backward.push(backward);
    }
  }
  return [...times].map(([type, { forward, backward }]) => ({
    model,
    engine,
    type,
    forward_ms: median(forward),
    backward_ms: median(backward),
  }));
}
