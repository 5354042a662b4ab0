import { DataLayerProvider } from "../../../../data/data_layer_provider.ts";
import { planLayers } from "../../../../ffi/host/plan_layers.ts";
import { NetHandle } from "../../../../ffi/net_handle.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { engine } from "../fixture.ts";

/** How to make a net of one data layer. */
export interface LayerNetOptions {
  phase?: "TRAIN" | "TEST";
  seed?: number | undefined;
}

/** A net of one layer, named "input", whose prototxt is in `folder`. `rest` is the layer without its name. */
export async function layerNet(
  folder: string,
  rest: string,
  options: LayerNetOptions = {},
): Promise<NetHandle> {
  const { phase = "TRAIN", seed = 1 } = options, file = `${folder}/net.prototxt`;
  const message = { ...netFromText(`layer { name: "input" ${rest} }`, file), state: { phase } };
  const layers = await planLayers(message, [new DataLayerProvider(engine())], { phase, file, net: -1, seed });
  return NetHandle.create(engine(), message, { layers });
}

/** The values of each top after a forward. */
export function next(net: NetHandle): number[][] {
  net.forward();
  return net.blobs.map((blob) => Array.from(blob.read()));
}
