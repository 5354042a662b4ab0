import { NodeError } from "../../graph/node_error.ts";
import { transposed } from "../../graph/rearrange.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { GraphNode } from "../../graph/graph_node.ts";
import { floatTensor } from "../../tensor.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { LayerBlob } from "../net_layers.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue, Value } from "../values.ts";
import { addBlobs } from "./arithmetic.ts";

/** Products with matrices of weights. */
export const INNER_PRODUCTS: Readonly<Record<string, NodeImporter>> = {
  Gemm: {
    becomes: "`InnerProduct`",
    except: "two factors that are computed",
    import: (node) => [importGemm(node)],
  },
  MatMul: {
    becomes: "`InnerProduct`, with the biases of an Add behind it",
    except: "two factors that are computed; stacks of matrices",
    import: (node) => [importMatMul(node)],
  },
};

/** y = x Wᵀ + b over the last axis of x; `weights` are (outputs, inputs). */
export function innerProduct(
  node: ImportedNode,
  x: BlobValue,
  weights: LayerBlob,
  bias: LayerBlob | undefined,
  part = "",
): BlobValue {
  const [outputs, inputs] = weights.shape as [number, number], axis = x.shape.length - 1;
  if (axis < 0 || x.shape[axis] !== inputs || outputs < 1 || inputs < 1) {
    throw new NodeError(`Expected rows of ${inputs} values but found ${shapeText(x.shape)}`);
  }
  return node.layer(
    "InnerProduct",
    [x],
    {
      inner_product_param: {
        num_output: outputs,
        ...axis === 1 ? {} : { axis },
        ...bias === undefined ? { bias_term: false } : {},
        weight_filler: { type: "xavier" },
      },
    },
    [...x.shape.slice(0, axis), outputs],
    { part, blobs: [weights, ...bias === undefined ? [] : [bias]] },
  );
}

function importGemm(node: ImportedNode): BlobValue {
  const { node: graphNode } = node;
  const alpha = graphNode.float("alpha", 1), beta = graphNode.float("beta", 1);
  const [transA, transB] = ["transA", "transB"].map((name) => graphNode.int(name, 0) !== 0);
  const [left, right] = [node.value(0), node.value(1)];
  if (right.kind !== "constant" && left.kind !== "constant") refuseProduct(node);
  for (const index of [0, 1]) {
    if (node.shape(index).length !== 2) {
      throw new NodeError(`Expected a matrix but found ${shapeText(node.shape(index))}`);
    }
  }
  let y: BlobValue, bias: LayerBlob | undefined;
  if (right.kind === "constant") {
    const given = node.weights(1, "weights");
    const weights = scaled(transB ? given : turned(given), alpha);
    const x = transA ? node.permute(node.floats(0), [1, 0], "turned") : node.floats(0);
    bias = biasOf(node, weights.shape[0]!, beta);
    y = innerProduct(node, x, weights, bias);
  } else {
    // (A B)ᵀ = Bᵀ Aᵀ, of which Aᵀ are the weights.
    const given = node.weights(0, "weights"), weights = scaled(transA ? turned(given) : given, alpha);
    const x = transB ? node.floats(1) : node.permute(node.floats(1), [1, 0], "turned");
    y = node.permute(innerProduct(node, x, weights, undefined), [1, 0], "back");
  }
  if (!node.has(2) || bias !== undefined || beta === 0) return y;
  return addBlobs(node, y, node.power(node.floats(2), { scale: beta }, "beta"), "sum");
}

/** C of Gemm, if it is constant and one value for each output. */
function biasOf(node: ImportedNode, outputs: number, beta: number): LayerBlob | undefined {
  if (!node.has(2) || node.value(2).kind !== "constant") return undefined;
  const { shape, data } = node.weights(2, "biases"), count = countOf(shape);
  const isRow = (shape.length === 0 || count === shape.at(-1)) && (count === outputs || count === 1);
  if (!isRow) return undefined;
  return {
    shape: [outputs],
    data: Float32Array.from({ length: outputs }, (_, i) => beta * data[count === 1 ? 0 : i]!),
  };
}

function importMatMul(node: ImportedNode): BlobValue {
  const [left, right] = [node.value(0), node.value(1)];
  if (right.kind === "constant") {
    const given = node.weights(1, "weights"), isVector = given.shape.length === 1;
    if (given.shape.length > 2) refuseProduct(node);
    const weights = isVector ? { shape: [1, given.shape[0]!], data: given.data } : turned(given);
    const x = node.floats(0), added = isVector ? undefined : addedBias(node, weights.shape[0]!);
    const y = innerProduct(node, x, weights, added?.bias);
    if (added !== undefined) node.absorb(added.node, y);
    return isVector ? node.reshape(y, x.shape.slice(0, -1), "vector") : y;
  }
  if (left.kind !== "constant") refuseProduct(node);
  const weights = node.weights(0, "weights"), x = node.floats(1);
  if (weights.shape.length !== 2 || x.shape.length < 2) refuseProduct(node);
  const order = [...x.shape.keys()], turn = [...order.slice(0, -2), order.at(-1)!, order.at(-2)!];
  return node.permute(innerProduct(node, node.permute(x, turn, "turned"), weights, undefined), turn, "back");
}

/** An Add that alone reads the product, with one constant for each output. */
function addedBias(node: ImportedNode, outputs: number): { node: GraphNode; bias: LayerBlob } | undefined {
  const add = node.followedBy("Add"), [product] = node.node.outputs;
  const other = add?.inputs.find((name) => name !== product);
  const value: Value | undefined = other === undefined ? undefined : node.known(other);
  if (add === undefined || value?.kind !== "constant") return undefined;
  const { tensor: { shape, data } } = value, axes = node.shape(0).length;
  const isRow = countOf(shape) === outputs && shape.at(-1) === outputs && shape.length <= axes;
  if (!isRow || !(data instanceof Float32Array)) return undefined;
  return { node: add, bias: { shape: [outputs], data } };
}

function refuseProduct(node: ImportedNode): never {
  const found = `${shapeText(node.shape(0))} and ${shapeText(node.shape(1))}`;
  throw new NodeError(`Expected a product with one constant matrix but found ${found}`, "MatMul");
}

function turned({ shape, data }: LayerBlob): LayerBlob {
  const tensor = transposed(floatTensor(data, shape), [1, 0]);
  return { shape: tensor.shape, data: tensor.data as Float32Array };
}

function scaled({ shape, data }: LayerBlob, factor: number): LayerBlob {
  return factor === 1 ? { shape, data } : { shape, data: data.map((value) => factor * value) };
}
