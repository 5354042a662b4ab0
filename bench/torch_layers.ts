import { Buffer } from "node:buffer";
import type { LayerView, Net } from "../net/mod.ts";

/** Types in TypeScript whose tops follow from shapes alone, whatever gradient their bottoms have. */
const OF_SHAPES = ["PriorBox"];

/**
 * The layers of a net as bench/pytorch.py takes them: those of its prototxt, but layers in TypeScript that nothing
 * asks for the gradient of, such as data, augmentation and prior boxes, become layers of type `Values` with what they
 * made in the net's last forward pass. A training script in Python would get it from workers of its own. In a net for
 * testing, where nothing asks for gradients, only prior boxes do.
 */
export function torchLayers(net: Net): unknown[] {
  const { layers, handle } = net;
  const fixed = new Map<string, LayerView>();
  for (const [i, view] of layers.entries()) {
    const isFixed = net.phase === "TRAIN" && !handle.layers[i]!.needsBackward ||
      OF_SHAPES.includes(view.type);
    if (view.layer !== undefined && isFixed) fixed.set(view.name, view);
  }
  return (net.param.layer ?? []).map((layer) => {
    const view = fixed.get(layer.name ?? "");
    if (view === undefined) return layer;
    const tops = view.tops.map((name) => net.blob(name));
    return {
      type: "Values",
      top: view.tops,
      shapes: tops.map(({ shape }) => shape),
      values: tops.map(({ data }) =>
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")
      ),
    };
  });
}
