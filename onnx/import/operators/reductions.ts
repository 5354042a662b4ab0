import type { ReductionParameter } from "../../../proto/messages.ts";
import { NodeError } from "../../graph/node_error.ts";
import { axesIn, axisIn, shapeText } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";
import { globalPool } from "./pooling.ts";
import { axesOf } from "./shapes.ts";

/** Operators that make one value of many. */
export const REDUCTION_NODES: Readonly<Record<string, NodeImporter>> = {
  ArgMax: {
    becomes: "`ArgMax`, between `Reverse` and `Power` where the first of equals counts",
    import: (node) => [argMax(node, 1)],
  },
  ArgMin: { becomes: "`Power` and the same", import: (node) => [argMax(node, -1)] },
  ReduceL1: reduction("ASUM"),
  ReduceL2: {
    becomes: "`Reduction` and `Power`",
    import: (node) => [node.power(reduced(node, "SUMSQ"), { power: 0.5 }, "root")],
  },
  ReduceLogSum: {
    becomes: "`Reduction` and `Log`",
    import: (node) => {
      const sum = reduced(node, "SUM");
      return [node.layer("Log", [sum], {}, sum.shape, { part: "log" })];
    },
  },
  ReduceMax: { becomes: "`Pooling`, MAX", import: (node) => [reduceMax(node, 1)] },
  ReduceMean: {
    becomes: "`Reduction`, or global `Pooling` of images",
    import: (node) => [reduced(node, "MEAN")],
  },
  ReduceMin: { becomes: "`Power` and `Pooling`, MAX", import: (node) => [reduceMax(node, -1)] },
  ReduceSum: reduction("SUM"),
  ReduceSumSquare: reduction("SUMSQ"),
};

function reduction(operation: NonNullable<ReductionParameter["operation"]>): NodeImporter {
  return { becomes: "`Reduction`", import: (node) => [reduced(node, operation)] };
}

/** The axes to reduce: all if none is named; undefined where a node without axes does nothing. */
function wantedAxes(node: ImportedNode): number[] | undefined {
  const given = axesOf(node), axes = node.shape(0).length;
  if (given !== undefined && given.length > 0) return axesIn(given, axes);
  return node.node.int("noop_with_empty_axes", 0) !== 0 ? undefined : [...node.shape(0).keys()];
}

function reduced(node: ImportedNode, operation: NonNullable<ReductionParameter["operation"]>): BlobValue {
  const x = node.floats(0), axes = wantedAxes(node), keeps = node.node.int("keepdims", 1) !== 0;
  if (axes === undefined) return x;
  const kept = x.shape.map((dim, i) => axes.includes(i) ? 1 : dim);
  const shape = keeps ? kept : kept.filter((_, i) => !axes.includes(i));
  if (countOf(x.shape) === 0) {
    throw new NodeError(`Expected values to reduce but found ${shapeText(x.shape)}`);
  }
  if (axes.length === 0) return node.power(x, {});
  if (operation === "MEAN" && x.shape.length === 4 && axes.join() === "2,3") {
    return node.reshape(globalPool(node, x, "AVE"), shape, "axes");
  }
  const { turned, first } = reducedLast(node, x, axes);
  const reduction_param = {
    ...operation === "SUM" ? {} : { operation },
    ...first === 0 ? {} : { axis: first },
  };
  const y = node.layer("Reduction", [turned], { reduction_param }, turned.shape.slice(0, first));
  return node.reshape(y, shape, "axes");
}

/** The blob with the axes to reduce at its end, from `first` on. */
function reducedLast(
  node: ImportedNode,
  x: BlobValue,
  axes: readonly number[],
): { turned: BlobValue; first: number } {
  const others = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  return { turned: node.permute(x, [...others, ...axes], "turned"), first: others.length };
}

/** The maximum, by pooling over one row for each; or of the negative values, the minimum. */
function reduceMax(node: ImportedNode, sign: 1 | -1): BlobValue {
  const given = node.floats(0), axes = wantedAxes(node), keeps = node.node.int("keepdims", 1) !== 0;
  if (axes === undefined || axes.length === 0) return given;
  const kept = given.shape.map((dim, i) => axes.includes(i) ? 1 : dim);
  const x = node.power(given, { scale: sign }, "minus"), { turned } = reducedLast(node, x, axes);
  const count = countOf(axes.map((axis) => x.shape[axis]!)),
    rows = count === 0 ? 0 : countOf(x.shape) / count;
  if (rows === 0) throw new NodeError(`Expected values to reduce but found ${shapeText(x.shape)}`);
  const table = node.reshape(turned, [rows, 1, 1, count], "rows", [-1, 1, 1, count]);
  const pooling_param = { pool: "MAX", global_pooling: true } as const;
  const y = node.layer("Pooling", [table], { pooling_param }, [rows, 1, 1, 1]);
  const shape = keeps ? kept : kept.filter((_, i) => !axes.includes(i));
  return node.power(node.reshape(y, shape, "axes"), { scale: sign }, "back");
}

/** Caffe takes the last of equal values, ONNX the first unless told otherwise. */
function argMax(node: ImportedNode, sign: 1 | -1): BlobValue {
  const { node: graphNode } = node, given = node.floats(0);
  const axis = axisIn(graphNode.int("axis", 0), given.shape.length), size = given.shape[axis]!;
  const takesLast = graphNode.int("select_last_index", 0) !== 0;
  const signed = node.power(given, { scale: sign }, "minus");
  const x = takesLast
    ? signed
    : node.layer("Reverse", [signed], { reverse_param: { axis: [axis] } }, signed.shape, {
      part: "reversed",
    });
  const shape = x.shape.map((dim, i) => i === axis ? 1 : dim);
  const y = node.layer("ArgMax", [x], { argmax_param: { axis } }, shape);
  const at = takesLast ? y : node.power(y, { scale: -1, shift: size - 1 }, "index");
  const to = graphNode.int("keepdims", 1) !== 0 ? shape : shape.toSpliced(axis, 1);
  return { ...node.reshape(at, to, "axes"), type: "int64" };
}
