import type { NetHandle } from "../ffi/net_handle.ts";

/** What the layers of a net in TypeScript have to tell since the last call, each with the layer's name. */
export function takeLayerWarnings(net: NetHandle): string[] {
  return net.hostLayers.flatMap(({ name, layer }) =>
    layer.takeWarnings?.().map((warning) => `Layer '${name}': ${warning}`) ?? []
  );
}
