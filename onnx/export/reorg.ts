import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { reshaped } from "../graph_parts.ts";
import { numbers, type ShapedValue } from "./exported_layer.ts";

/** A layer that moves an image's pixels into channels, as darknet does. */
interface Reorganizing {
  readonly name: string;
  readonly bottoms: readonly ShapedValue[];
}

/**
 * Darknet's reorg with a stride s: (N, C, H, W) becomes (N, C s², H / s, W / s), in its order, which takes the bottom for
 * (N, C / s², H s, W s) and makes channels of that one's blocks. `reverse` makes (N, C / s², H s, W s).
 */
export function reorganized(
  graph: GraphBuilder,
  { name, bottoms: [x] }: Reorganizing,
  stride: number,
  reverse = false,
): OnnxValue {
  const s = stride, [c, h, w] = numbers({ name }, x!.shape.slice(1)) as [number, number, number];
  const few = c / (s * s);
  if (reverse) {
    const apart = reshaped(graph, x!, [0, s, s, few, h, w]);
    const order = graph.node("Transpose", [apart], { perm: [0, 3, 4, 1, 5, 2] });
    return reshaped(graph, order, [0, few, h * s, w * s]);
  }
  const apart = reshaped(graph, x!, [0, few, h, s, w, s]);
  const order = graph.node("Transpose", [apart], { perm: [0, 3, 5, 1, 2, 4] });
  return reshaped(graph, order, [0, c * s * s, h / s, w / s]);
}
