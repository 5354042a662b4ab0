import type { Solver } from "../../train/mod.ts";

/** A layer, or layers that are computed together, with the time that they take. */
export interface LayerTime {
  /** Names of the layers. */
  layers: string[];
  /** What is fused; null for a layer by itself. */
  fusion: string | null;
  /** Milliseconds of an iteration. */
  forward: number;
  backward: number;
  /** Their part of the time of all layers, from 0 to 1. */
  share: number;
}

/** The times of a net's layers over some iterations. */
export interface LayerTimes {
  /** How many iterations they are the mean of. */
  iterations: number;
  layers: LayerTime[];
}

interface Reading {
  at: number;
  iteration: number;
  forward: Float64Array;
  backward: Float64Array;
}

/** Milliseconds from which on a reading is old enough to be the beginning of what is shown. */
const WINDOW = 3000;

/**
 * Tells what each layer of a training's net takes lately. The engine measures each pass anyway, fused layers as one, as they
 * are computed: looking at it changes nothing.
 */
export class LayerClock {
  readonly #solver: Pick<Solver, "net" | "iteration">;
  #older: Reading;
  #newer: Reading;

  /** Begins to measure. */
  constructor(solver: Pick<Solver, "net" | "iteration">) {
    this.#solver = solver;
    this.#older = this.#newer = this.#read();
  }

  /** The mean times over the last seconds; over all iterations so far if none has ended in them. */
  view(): LayerTimes {
    const now = this.#read();
    const times = difference(this.#older, now, this.#groups());
    if (now.at - this.#newer.at >= WINDOW && now.iteration > this.#newer.iteration) {
      [this.#older, this.#newer] = [this.#newer, now];
    }
    return times;
  }

  #read(): Reading {
    const { net, iteration } = this.#solver;
    return { at: performance.now(), iteration, ...net.handle.seconds };
  }

  /** The layers in their order, together where they are computed together. */
  #groups(): Pick<LayerTime, "layers" | "fusion">[] {
    const { net } = this.#solver, plan = net.plan();
    if (plan.length > 0) return plan.map(({ layers, fusion }) => ({ layers: [...layers], fusion }));
    return net.handle.layers.map(({ name }) => ({ layers: [name], fusion: null }));
  }
}

function difference(
  from: Reading,
  to: Reading,
  groups: readonly Pick<LayerTime, "layers" | "fusion">[],
): LayerTimes {
  const iterations = to.iteration - from.iteration;
  if (iterations === 0) return { iterations, layers: [] };
  let next = 0;
  const layers = groups.map((group): LayerTime => {
    let forward = 0, backward = 0;
    for (const end = next + group.layers.length; next < end; next++) {
      forward += to.forward[next]! - from.forward[next]!;
      backward += to.backward[next]! - from.backward[next]!;
    }
    return {
      ...group,
      forward: 1000 * forward / iterations,
      backward: 1000 * backward / iterations,
      share: 0,
    };
  });
  const all = layers.reduce((sum, { forward, backward }) => sum + forward + backward, 0);
  for (const layer of layers) layer.share = all > 0 ? (layer.forward + layer.backward) / all : 0;
  return { iterations, layers };
}
