import type { Location } from "../proto/error.ts";
import { locationOf } from "../proto/location.ts";
import type { LayerParameter, NetParameter, Phase, SourceState } from "../proto/messages.ts";
import type { Blob } from "./blob.ts";

/**
 * A layer that lives in TypeScript: what the engine calls. Methods run synchronously, on the thread that runs the net.
 * The arrays are the same for the layer's whole life; ask the blobs for their `data` and `diff` anew in every call.
 */
export interface HostLayer {
  /** Once, before the first reshape. */
  setup?(bottoms: Blob[], tops: Blob[]): void;
  /** Shapes the tops; before every forward. */
  reshape(bottoms: Blob[], tops: Blob[]): void;
  /** Computes the tops' data from the bottoms' data. */
  forward(bottoms: Blob[], tops: Blob[]): void;
  /** Computes the diff of each bottom whose entry of `propagateDown` is true, from the tops' diff. */
  backward?(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void;
  /** Where the layer's records stand, for an exact resume (data layers). */
  saveState?(): SourceState;
  /** Goes back to where {@link saveState} was called. */
  restoreState?(state: SourceState): void;
  /** Called when the net is disposed. */
  [Symbol.dispose]?(): void;
}

/** What a layer's maker knows besides the layer's parameter. */
export interface HostLayerContext {
  /** What the net is for. */
  phase: Phase;
  /** The prototxt, for relative paths. */
  file?: string;
  /** -1 for the train net, else the index of the test net. */
  net: number;
  /** The seed of the run; absent when it goes by chance. */
  seed?: number;
}

/** Makes a prepared layer, at the moment when the engine asks for it. */
export type HostLayerFactory = () => HostLayer;

/** Someone who makes layers in TypeScript: script layers, data layers. */
export interface HostLayerProvider {
  /** Whether the layer is one of its. */
  claims(layer: LayerParameter): boolean;
  /** Does all that must be awaited (imports, files), before the net exists. */
  prepare(layer: LayerParameter, context: HostLayerContext): Promise<HostLayerFactory>;
}

/** A layer of a net that is about to be made, with its maker if it lives in TypeScript. */
export interface PlannedLayer {
  /** The layer as the net names it. */
  param: LayerParameter;
  /** -1 for the train net, else the index of the test net. */
  net: number;
  /** Where it stands in a prototxt. */
  location?: Location;
  /** Absent for layers that the engine has. */
  make?: HostLayerFactory;
}

/** Prepares the layers of a filtered net, in order. Throws what a provider throws. */
export async function planLayers(
  net: NetParameter,
  providers: readonly HostLayerProvider[],
  context: HostLayerContext,
): Promise<PlannedLayer[]> {
  const planned: PlannedLayer[] = [];
  for (const param of net.layer ?? []) {
    const location = locationOf(param);
    const provider = providers.find((candidate) => candidate.claims(param));
    const file = location?.file ?? context.file;
    const phase = param.phase ?? context.phase;
    const layer: PlannedLayer = { param, net: context.net };
    if (location !== undefined) layer.location = location;
    if (provider !== undefined) {
      layer.make = await provider.prepare(param, {
        ...context,
        phase,
        ...(file === undefined ? {} : { file }),
      });
    }
    planned.push(layer);
  }
  return planned;
}
