import { elementType, type ExternalData, readTensor } from "../read_tensor.ts";
import { type ElementType, floatTensor, intTensor, type OnnxTensor } from "../tensor.ts";
import {
  ARITHMETIC,
  cast,
  chosen,
  combined,
  COMPARISONS,
  FUNCTIONS,
  mapped,
  reduced,
  REDUCTIONS,
} from "./fold_arithmetic.ts";
import type { GraphNode } from "./graph_node.ts";
import { NodeError } from "./node_error.ts";
import { concatenated, expanded, gathered, rearranged, transposed } from "./rearrange.ts";
import {
  axesIn,
  axisIn,
  broadcastShape,
  legacyOperandShape,
  permutation,
  reshaped,
  sliced,
  splitLengths,
  squeezed,
  unsqueezed,
} from "./shape_rules.ts";
import { countOf, stridesOf, tensorOf, valuesOf } from "./tensor_values.ts";

/** A node all of whose inputs are constants. */
export interface ConstantNode {
  /** The node. */
  readonly node: GraphNode;
  /** The version of the operators. */
  readonly opset: number;
  /** Its inputs; undefined for those that are left out. */
  readonly inputs: readonly (OnnxTensor | undefined)[];
  /** Reads values that are in another file. */
  readonly external: ExternalData | undefined;
}

type Fold = (constant: ConstantNode) => OnnxTensor[];

/** The most values that one folded constant may have. */
export const MOST_FOLDED = 2 ** 26;

/**
 * Computes a node whose inputs are constants; undefined for an operator that is not computed here. Throws a NodeError for
 * inputs that don't fit, and for more than {@link MOST_FOLDED} values.
 */
export function foldNode(constant: ConstantNode): OnnxTensor[] | undefined {
  return FOLDS[constant.node.op]?.(constant);
}

/** The axes that a node names in an attribute or, of later opsets, in an input. */
export function givenAxes({ node, inputs }: ConstantNode): number[] | undefined {
  return inputs[1] === undefined ? node.ints("axes") : [...valuesOf(inputs[1])];
}

function input({ inputs }: ConstantNode, index: number): OnnxTensor {
  const tensor = inputs[index];
  if (tensor === undefined) throw new NodeError(`Expected input ${index} but found none`);
  return tensor;
}

function numbers(constant: ConstantNode, index: number): number[] {
  return [...valuesOf(input(constant, index))];
}

/** A shape that is not too large for a constant. */
function checkedShape(shape: readonly number[]): readonly number[] {
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw new NodeError(`Expected lengths of 0 or more but found (${shape.join(", ")})`);
  }
  if (countOf(shape) <= MOST_FOLDED) return shape;
  throw new NodeError(`Expected a constant of at most ${MOST_FOLDED} values but found (${shape.join(", ")})`);
}

const reshape = (tensor: OnnxTensor, shape: readonly number[]): OnnxTensor => ({ ...tensor, shape });

const FOLDS: Readonly<Record<string, Fold>> = {
  ...mapValues(ARITHMETIC, (operator) => (constant) => [
    constant.inputs.map((_, i) => input(constant, i)).reduce((a, given) => {
      const b = reshape(given, legacyOperandShape(constant.node, constant.opset, a.shape, given.shape));
      checkedShape(broadcastShape(a.shape, b.shape));
      return combined(a, b, operator, a.type);
    }),
  ]),
  ...mapValues(COMPARISONS, (operator) => (constant) => {
    const a = input(constant, 0), b = input(constant, 1);
    checkedShape(broadcastShape(a.shape, b.shape));
    return [combined(a, b, operator, "bool")];
  }),
  ...mapValues(FUNCTIONS, (operator) => (constant) => [mapped(input(constant, 0), operator)]),
  ...mapValues(REDUCTIONS, (reduction) => (constant) => {
    const tensor = input(constant, 0), given = givenAxes(constant);
    if ((given ?? []).length === 0 && constant.node.int("noop_with_empty_axes", 0) !== 0) return [tensor];
    const axes = given === undefined || given.length === 0
      ? [...tensor.shape.keys()]
      : axesIn(given, tensor.shape.length);
    return [reduced(tensor, axes, constant.node.int("keepdims", 1) !== 0, reduction)];
  }),
  Cast: (constant) => [cast(input(constant, 0), castType(constant.node))],
  Concat: (constant) => {
    const tensors = constant.inputs.map((_, i) => input(constant, i)), [first] = tensors;
    if (first === undefined) throw new NodeError("Expected inputs but found none");
    const axis = axisIn(constant.node.int("axis", 1), first.shape.length);
    for (const { shape, type } of tensors) {
      const fits = shape.length === first.shape.length && type === first.type &&
        shape.every((dim, i) => i === axis || dim === first.shape[i]);
      if (!fits) throw new NodeError(`Expected inputs that fit but found (${shape.join(", ")})`);
    }
    checkedShape([tensors.reduce((sum, { data }) => sum + data.length, 0)]);
    return [concatenated(tensors, axis)];
  },
  Constant: ({ node, external }) => [constantOf(node, external)],
  ConstantOfShape: (constant) => {
    const proto = constant.node.tensor("value"), shape = checkedShape(numbers(constant, 0));
    const value = proto === undefined ? floatTensor([0], [1]) : readTensor(proto, constant.external);
    return [expanded(reshape(value, [1]), [countOf(shape)])].map((tensor) => reshape(tensor, shape));
  },
  Dropout: (constant) => {
    const isTraining = constant.opset >= 12 && constant.inputs[2] !== undefined &&
      numbers(constant, 2)[0] !== 0;
    if (isTraining) throw new NodeError("Expected a model for inference but found training_mode");
    return [input(constant, 0)];
  },
  Expand: (constant) => {
    const tensor = input(constant, 0), shape = broadcastShape(tensor.shape, numbers(constant, 1));
    return [expanded(tensor, checkedShape(shape))];
  },
  Flatten: (constant) => {
    const tensor = input(constant, 0), { shape } = tensor, given = constant.node.int("axis", 1);
    const axis = given === shape.length ? given : axisIn(given, shape.length);
    return [reshape(tensor, [countOf(shape.slice(0, axis)), countOf(shape.slice(axis))])];
  },
  Gather: (constant) => {
    const tensor = input(constant, 0), wanted = input(constant, 1);
    const axis = axisIn(constant.node.int("axis", 0), tensor.shape.length), size = tensor.shape[axis]!;
    const indices = [...valuesOf(wanted)].map((index) => axisIn(index, size));
    checkedShape([...tensor.shape.toSpliced(axis, 1), indices.length]);
    return [gathered(tensor, axis, indices, wanted.shape)];
  },
  Identity: (constant) => [input(constant, 0)],
  Mod: (constant) => {
    const isC = constant.node.int("fmod", 0) !== 0;
    const rest = (a: number, b: number) => isC ? a % b : a - b * Math.floor(a / b);
    const a = input(constant, 0), b = input(constant, 1);
    checkedShape(broadcastShape(a.shape, b.shape));
    return [combined(a, b, rest, a.type)];
  },
  Range: (constant) => {
    const [start = 0, limit = 0, delta = 0] = [0, 1, 2].map((i) => numbers(constant, i)[0]);
    const [count = 0] = checkedShape([Math.max(0, Math.ceil((limit - start) / delta))]);
    const values = Array.from({ length: count }, (_, i) => start + i * delta);
    return [tensorOf(values, [count], input(constant, 0).type)];
  },
  Reshape: (constant) => {
    const tensor = input(constant, 0), allowZero = constant.node.int("allowzero", 0) !== 0;
    return [reshape(tensor, reshaped(tensor.shape, numbers(constant, 1), allowZero))];
  },
  Shape: (constant) => [shapeTensor(constant.node, input(constant, 0).shape)],
  Size: (constant) => [intTensor([input(constant, 0).data.length], [])],
  Slice: (constant) => {
    let tensor = input(constant, 0);
    for (const { axis, start, step, length } of sliced(tensor.shape, ...sliceOperands(constant))) {
      const apart = stridesOf(tensor.shape);
      const steps = apart.map((each, i) => i === axis ? each * step : each);
      const shape = tensor.shape.map((dim, i) => i === axis ? length : dim);
      tensor = rearranged(tensor, shape, steps, start * apart[axis]!);
    }
    return [tensor];
  },
  Split: (constant) => {
    const tensor = input(constant, 0), { node, inputs } = constant;
    const axis = axisIn(node.int("axis", 0), tensor.shape.length), apart = stridesOf(tensor.shape);
    const given = inputs[1] === undefined ? node.ints("split") : numbers(constant, 1);
    let start = 0;
    return splitLengths(tensor.shape[axis]!, node.outputs.length, given).map((length) => {
      const shape = tensor.shape.map((dim, i) => i === axis ? length : dim);
      const part = rearranged(tensor, shape, apart, start * apart[axis]!);
      start += length;
      return part;
    });
  },
  Squeeze: (constant) => {
    const tensor = input(constant, 0);
    return [reshape(tensor, squeezed(tensor.shape, givenAxes(constant)))];
  },
  Tile: (constant) => {
    let tensor = input(constant, 0);
    const tiles = numbers(constant, 1);
    checkedShape(tensor.shape.map((dim, i) => dim * (tiles[i] ?? 1)));
    for (const [axis, times] of tiles.entries()) {
      const size = tensor.shape[axisIn(axis, tensor.shape.length)]!;
      tensor = gathered(tensor, axis, Array.from({ length: size * times }, (_, i) => i % size), [
        size * times,
      ]);
    }
    return [tensor];
  },
  Transpose: (constant) => {
    const tensor = input(constant, 0);
    return [transposed(tensor, permutation(tensor.shape.length, constant.node.ints("perm")))];
  },
  Unsqueeze: (constant) => {
    const tensor = input(constant, 0);
    return [reshape(tensor, unsqueezed(tensor.shape, givenAxes(constant) ?? []))];
  },
  Where: (constant) => {
    const [condition, yes, no] = [0, 1, 2].map((i) => input(constant, i)) as [
      OnnxTensor,
      OnnxTensor,
      OnnxTensor,
    ];
    checkedShape(broadcastShape(condition.shape, yes.shape, no.shape));
    return [chosen(condition, yes, no)];
  },
};

/** The type that Cast names. */
export function castType(node: GraphNode): ElementType {
  const number = node.int("to", 0), type = elementType(number);
  if (type !== undefined && type !== "string") return type;
  throw new NodeError(`Expected a type of numbers to cast to but found ${type ?? number}`);
}

/** The starts, ends, axes and steps of Slice: attributes, or from opset 10 on inputs. */
export function sliceOperands(
  constant: ConstantNode,
): [number[], number[], number[] | undefined, number[] | undefined] {
  const { node, opset, inputs } = constant;
  if (opset < 10) return [node.ints("starts") ?? [], node.ints("ends") ?? [], node.ints("axes"), undefined];
  const optional = (i: number) => inputs[i] === undefined ? undefined : numbers(constant, i);
  return [numbers(constant, 1), numbers(constant, 2), optional(3), optional(4)];
}

/** What Shape gives: the lengths from `start` up to `end`. */
export function shapeTensor(node: GraphNode, shape: readonly number[]): OnnxTensor {
  return intTensor(shape.slice(node.int("start", 0), node.int("end", shape.length)));
}

function constantOf(node: GraphNode, external: ExternalData | undefined): OnnxTensor {
  const tensor = node.tensor("value");
  if (tensor !== undefined) return readTensor(tensor, external);
  if (node.has("value_float")) return floatTensor([node.float("value_float", 0)], []);
  if (node.has("value_int")) return intTensor([node.int("value_int", 0)], []);
  const floats = node.floats("value_floats"), ints = node.ints("value_ints");
  if (floats !== undefined) return floatTensor(floats, [floats.length]);
  if (ints !== undefined) return tensorOf(ints, [ints.length], "int64");
  throw new NodeError("Expected a constant of numbers but found another");
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  make: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]));
}

/** The operators that are computed where their inputs are constants, sorted. */
export const FOLDED_OPERATORS: readonly string[] = Object.keys(FOLDS).toSorted();
