import { axisIn } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";

/** Softmax and its logarithm. */
export const SOFTMAXES: Readonly<Record<string, NodeImporter>> = {
  LogSoftmax: {
    becomes: "`Softmax` and `Log`",
    import: (node) => {
      const y = softmax(node, "softmax");
      node.remark("Below about -87 its values are -inf; for training put SoftmaxWithLoss in its place.");
      return [node.layer("Log", [y], {}, y.shape)];
    },
  },
  Softmax: { becomes: "`Softmax`", import: (node) => [softmax(node)] },
};

/** Over one axis; before opset 13, over all from it on. */
function softmax(node: ImportedNode, part = ""): BlobValue {
  const x = node.floats(0), isOld = node.opset < 13;
  const axis = axisIn(node.node.int("axis", isOld ? 1 : -1), x.shape.length);
  const rest = x.shape.slice(axis), inner = rest.slice(1);
  const over = (of: BlobValue, at: number) =>
    node.layer("Softmax", [of], at === 1 ? {} : { softmax_param: { axis: at } }, of.shape, { part });
  if (!isOld || inner.every((dim) => dim === 1)) return over(x, axis);
  const flat = node.reshape(x, [...x.shape.slice(0, axis), countOf(rest)], "flat");
  return node.reshape(over(flat, axis), x.shape, "back");
}
