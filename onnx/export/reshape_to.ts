import { CremaError } from "../../base/error.ts";
import type { GraphBuilder, OnnxDim, OnnxValue } from "../graph_builder.ts";

/**
 * Gives a value another shape, of which one length may depend on the batch; with `before`, the shape that the value has, so
 * may all lengths that stay where they are. Throws a CremaError when the graph could not know the shape.
 */
export function reshapeTo(
  graph: GraphBuilder,
  value: OnnxValue,
  shape: readonly OnnxDim[],
  before: readonly OnnxDim[] = [],
): OnnxValue {
  if (before.length === shape.length && before.every((dim, i) => dim === shape[i])) return value;
  let inferred = 0;
  const unknown = shape.filter((dim) => typeof dim === "string").length;
  const dims = shape.map((dim, i) => {
    if (typeof dim === "number") return dim;
    // In a Reshape, 0 is the length that the axis has.
    if (unknown > 1 && before[i] === dim) return 0;
    inferred++;
    return -1;
  });
  if (inferred > 1) {
    throw new CremaError(
      `Expected a shape of which one length depends on the batch but found (${shape.join(", ")})`,
      {
        hint: "Export with --batch, which fixes the batch.",
      },
    );
  }
  return graph.node("Reshape", [value, graph.ints(dims)]);
}
