import type { Location } from "../../base/error.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";
import { copyLocation, locationOf } from "../../proto/text/location.ts";
import type { Engine } from "../engine.ts";
import { checkNames } from "./check_names.ts";
import type { HostLayer, HostLayerContext } from "./host_layer.ts";

/** A layer that is ready to be made. */
export interface PreparedLayer {
  /** Makes the layer, when `engine` asks for it. */
  make(engine: Engine): HostLayer;
  /** Replaces the layer's parameter for the engine, when the layer's class has defaults for it. */
  param?: LayerParameter | undefined;
  /** Whether its provider has checked that the layer reads all of its fields, even those of CREMA_PROTO. */
  fieldsChecked?: boolean | undefined;
  /** Where the layer's class comes from, if its module can be loaded again. */
  source?: LayerSource | undefined;
  /** Of a layer that reads a data set: its records. */
  records?: LayerRecords | undefined;
}

/** How much a data layer reads in an epoch. */
export interface LayerRecords {
  /** The records of a batch. */
  batchSize: number;
  /** Counts the records, which may take a look at all of them. */
  count(): number | Promise<number>;
}

/** Where a layer's class comes from. */
export interface LayerSource {
  /** The module's URL. */
  module: string;
  /**
   * Imports the module as it is now and prepares the layer from it. Throws as
   * {@link HostLayerProvider.prepare} does.
   */
  prepare(): Promise<PreparedLayer>;
}

/** Makes layers in TypeScript: script layers or data layers. */
export interface HostLayerProvider {
  /** The layer types that it makes, for messages. */
  readonly types?: readonly string[] | undefined;
  /** Whether it makes this layer. */
  claims(layer: LayerParameter): boolean;
  /** Does everything asynchronous (imports, files), before the net exists. */
  prepare(layer: LayerParameter, context: HostLayerContext): Promise<PreparedLayer>;
}

/** A layer of a net that is about to be made: with a `make` if it is in TypeScript, else by the engine. */
export interface PlannedLayer extends Partial<PreparedLayer> {
  /** The layer as the engine gets it. */
  param: LayerParameter;
  /** -1 for the train net, else the index of the test net. */
  net: number;
  /** Its place in the prototxt. */
  location?: Location | undefined;
  /** The types that it could have in TypeScript, for messages; only where no provider makes it. */
  otherTypes?: readonly string[] | undefined;
}

/**
 * Prepares the layers of a filtered net, in order. Throws what a provider throws, and a CremaError for names
 * that no engine can have.
 */
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
    checkNames(param, { ...(location ?? { file }), layer: param.name?.replaceAll("\0", "\\0") });
    const phase = param.phase ?? context.phase;
    const prepared = await provider?.prepare(param, { ...context, phase, file });
    const otherTypes = provider === undefined ? providers.flatMap(({ types = [] }) => types) : undefined;
    planned.push({ net: context.net, location, otherTypes, ...prepared, param: prepared?.param ?? param });
  }
  return planned;
}

/** The net as the engine gets it, with its layers as they were planned. */
export function plannedNet(net: NetParameter, layers: readonly PlannedLayer[]): NetParameter {
  return copyLocation(net, { ...net, layer: layers.map(({ param }) => param) });
}
