import type { Location } from "../base/error.ts";
import { copyLocation, locationOf } from "../proto/text/location.ts";
import type { LayerParameter, NetParameter, Phase, SourceState } from "../proto/messages.ts";
import type { Blob } from "./blob.ts";
import type { Engine } from "./engine.ts";
import type { LayerBlobs } from "./layer_blobs.ts";

/**
 * A layer that lives in TypeScript: what the engine calls. Methods run synchronously, on the thread that runs the net.
 * The arrays are the same for the layer's whole life; ask the blobs for their `data` and `diff` anew in every call.
 */
export interface HostLayer {
  /** Its learnable parameters, set before {@link setup} unless the layer has a `blobs` of its own. */
  blobs?: LayerBlobs;
  /** Once, before the first reshape. Here, and only here, parameters are added to {@link blobs}. */
  setup?(bottoms: Blob[], tops: Blob[]): void;
  /** Shapes the tops; before every forward. */
  reshape(bottoms: Blob[], tops: Blob[]): void;
  /** Computes the tops' data from the bottoms' data. */
  forward(bottoms: Blob[], tops: Blob[]): void;
  /**
   * Computes the diff of each bottom whose entry of `propagateDown` is true, from the tops' diff, and adds to the diff of
   * each of {@link blobs}.
   */
  backward?(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void;
  /** Where the layer's records stand, for an exact resume (data layers). */
  saveState?(): SourceState;
  /** Goes back to where {@link saveState} was called. */
  restoreState?(state: SourceState): void;
  /** What a newer version of the layer's class takes over by {@link restore}, when its module is edited during training. */
  save?(): unknown;
  /** Takes over what {@link save} of the version before returned; after setup, before reshape. */
  restore?(state: unknown): void;
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

/** A layer that is ready to be made. */
export interface PreparedLayer {
  /** Makes the layer, at the moment when `engine` asks for it. */
  make(engine: Engine): HostLayer;
  /** What the engine gets instead of the layer's own parameter, when the layer's class has defaults for it. */
  param?: LayerParameter;
  /** The module that the layer's class is from, if it can be loaded again. */
  source?: LayerSource;
}

/** Where the class of a layer is from. */
export interface LayerSource {
  /** The module's URL. */
  module: string;
  /** Imports the module as it is now, and prepares the layer from the class that is there. Throws as the first time. */
  prepare(): Promise<PreparedLayer>;
}

/** Someone who makes layers in TypeScript: script layers, data layers. */
export interface HostLayerProvider {
  /** Whether the layer is one of its. */
  claims(layer: LayerParameter): boolean;
  /** Does all that must be awaited (imports, files), before the net exists. */
  prepare(layer: LayerParameter, context: HostLayerContext): Promise<PreparedLayer>;
}

/** A layer of a net that is about to be made, with its maker if it lives in TypeScript. */
export interface PlannedLayer {
  /** The layer as the engine gets it. */
  param: LayerParameter;
  /** -1 for the train net, else the index of the test net. */
  net: number;
  /** Where it stands in a prototxt. */
  location?: Location;
  /** Absent for layers that the engine has. */
  make?(engine: Engine): HostLayer;
  /** Where its class is from, for layers whose module may be edited. */
  source?: LayerSource;
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
      const prepared = await provider.prepare(param, {
        ...context,
        phase,
        ...(file === undefined ? {} : { file }),
      });
      layer.make = (engine) => prepared.make(engine);
      layer.param = prepared.param ?? param;
      if (prepared.source !== undefined) layer.source = prepared.source;
    }
    planned.push(layer);
  }
  return planned;
}

/** A net with its layers as they were planned: what the engine gets. */
export function plannedNet(net: NetParameter, layers: readonly PlannedLayer[]): NetParameter {
  return copyLocation(net, { ...net, layer: layers.map(({ param }) => param) });
}
