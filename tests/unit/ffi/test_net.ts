import { Engine } from "../../../ffi/engine.ts";
import { type HostLayer } from "../../../ffi/host/host_layer.ts";
import { type HostLayerProvider, planLayers } from "../../../ffi/host/plan_layers.ts";
import { NetHandle } from "../../../ffi/net_handle.ts";
import { filterNet } from "../../../proto/nets/filter.ts";
import { netFromText } from "../../../proto/nets/read_net.ts";

/** Makes a net whose layers of type "Python" come from `make`, by name. */
export async function testNet(text: string, make: Record<string, () => HostLayer> = {}): Promise<NetHandle> {
  const provider: HostLayerProvider = {
    claims: (layer) => layer.type === "Python",
    prepare: (layer) => Promise.resolve({ make: () => make[layer.name!]!() }),
  };
  const param = filterNet(netFromText(text, "test.prototxt"), { phase: "TRAIN" });
  const layers = await planLayers(param, [provider], { phase: "TRAIN", net: -1 });
  return NetHandle.create(Engine.open(), param, { layers, seed: 1 });
}

/** An Input layer with tops of one shape. */
export function input(shape: readonly number[], ...tops: string[]): string {
  const dims = shape.map((size) => `dim: ${size}`).join(" ");
  return `layer { name: "input" type: "Input" ${tops.map((top) => `top: "${top}"`).join(" ")}
    input_param { shape { ${dims} } } }\n`;
}
