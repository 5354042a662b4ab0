import type { EltwiseParameter } from "../../../proto/messages.ts";
import { NodeError } from "../../graph/node_error.ts";
import { broadcastShape, legacyOperandShape } from "../../graph/shape_rules.ts";
import { countOf, valuesOf } from "../../graph/tensor_values.ts";
import { isFloat } from "../../read_tensor.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue, ConstantValue } from "../values.ts";

const WITH_ARRAYS = "`Eltwise` with a blob of the same shape, else `Scale`, `Bias` or `BroadcastEltwise`; ";

/** Operators of two arrays, or of several. */
export const ARITHMETIC_NODES: Readonly<Record<string, NodeImporter>> = {
  Add: {
    becomes: `${WITH_ARRAYS}\`Power\` or \`Bias\` with a constant`,
    except: "whole numbers",
    import: (node) => [binary(node, "Add")],
  },
  Div: {
    becomes: `${WITH_ARRAYS}\`Power\` or \`Scale\` with a constant`,
    except: "whole numbers",
    import: (node) => [binary(node, "Div")],
  },
  Greater: {
    becomes: "`Threshold`",
    except: "a bound that is computed, or that differs from value to value",
    import: (node) => [compared(node, true)],
  },
  Less: {
    becomes: "`Power` and `Threshold`",
    except: "a bound that is computed, or that differs from value to value",
    import: (node) => [compared(node, false)],
  },
  Max: {
    becomes: "`Eltwise` or `BroadcastEltwise`; `ReLU` or `Clip` with a constant",
    except: "whole numbers",
    import: (node) => [several(node, "Max")],
  },
  Mean: {
    becomes: "`Eltwise`",
    except: "whole numbers",
    import: (node) => [node.power(several(node, "Add"), { scale: 1 / node.arity }, "mean")],
  },
  Min: {
    becomes: "`BroadcastEltwise`; `Clip` with a constant",
    except: "whole numbers",
    import: (node) => [several(node, "Min")],
  },
  Mul: {
    becomes: `${WITH_ARRAYS}\`Power\` or \`Scale\` with a constant; \`Swish\` for x times Sigmoid(x)`,
    except: "whole numbers",
    import: (node) => [binary(node, "Mul")],
  },
  Pow: {
    becomes: "`Power`; `Exp` of a constant base",
    except: "an exponent that is computed, or that differs from value to value",
    import: (node) => [importPow(node)],
  },
  Sub: {
    becomes: `${WITH_ARRAYS}\`Power\` or \`Bias\` with a constant`,
    except: "whole numbers",
    import: (node) => [binary(node, "Sub")],
  },
  Sum: { becomes: "`Eltwise`", except: "whole numbers", import: (node) => [several(node, "Add")] },
};

type Operation = "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min";

/** The largest float, where a Clip has no bound. */
export const LARGEST = 3.4028234663852886e38;

/** a + b of blobs whose axes of 1 are repeated. */
export function addBlobs(node: ImportedNode, a: BlobValue, b: BlobValue, part = ""): BlobValue {
  return ofBlobs(node, "Add", a, b, part);
}

/** a · b of blobs whose axes of 1 are repeated. */
export function multiplyBlobs(node: ImportedNode, a: BlobValue, b: BlobValue, part = ""): BlobValue {
  return ofBlobs(node, "Mul", a, b, part);
}

/** max(low, min(x, high)). */
export function clipped(node: ImportedNode, x: BlobValue, low: number, high: number, part = ""): BlobValue {
  if (low === 0 && high >= LARGEST) return node.layer("ReLU", [x], {}, x.shape, { part });
  if (low <= -LARGEST && high >= LARGEST) return x;
  const clip_param = { min: Math.max(low, -LARGEST), max: Math.min(high, LARGEST) };
  return node.layer("Clip", [x], { clip_param }, x.shape, { part });
}

function binary(node: ImportedNode, operation: Operation): BlobValue {
  const [left, given] = [node.value(0), node.value(1)];
  const legacy = legacyOperandShape(node.node, node.opset, node.shape(0), node.shape(1));
  const right = given.kind === "constant" ? { ...given, tensor: { ...given.tensor, shape: legacy } } : given;
  if (right.kind === "constant" && left.kind !== "constant") {
    const made = withConstant(node, operation, node.floats(0), right, false);
    if (made !== undefined) return made;
  } else if (left.kind === "constant" && right.kind !== "constant") {
    const made = withConstant(node, operation, node.floats(1), left, true);
    if (made !== undefined) return made;
  }
  const second = right.kind === "constant" ? node.parameter(right, "operand") : node.floats(1);
  if (!isFloat(second.type)) throw new NodeError(`Expected floats as input 1 but found ${second.type}`);
  return ofBlobs(node, operation, node.floats(0), node.reshape(second, legacy, "operand"));
}

/** The same over all inputs: in one Eltwise if they are blobs of one shape, else one after the other. */
function several(node: ImportedNode, operation: "Add" | "Max" | "Min"): BlobValue {
  const { arity } = node;
  if (arity === 2) return binary(node, operation);
  const inputs = Array.from({ length: arity }, (_, i) => node.floats(i)), [first] = inputs;
  if (first === undefined) throw new NodeError("Expected inputs but found none");
  if (arity === 1) return node.power(first, {});
  const isAlike = inputs.every(({ shape }) => isSame(shape, first.shape));
  if (isAlike && operation !== "Min") {
    return node.layer("Eltwise", inputs, eltwise(operation === "Add" ? "SUM" : "MAX"), first.shape);
  }
  return inputs.slice(1).reduce(
    (sum, input, i) => ofBlobs(node, operation, sum, input, i === 0 ? "" : `${i}`),
    first,
  );
}

/** x with a constant; undefined where it is not one value, or one for each item of neighbouring axes. */
function withConstant(
  node: ImportedNode,
  operation: Operation,
  x: BlobValue,
  { tensor, learned }: ConstantValue,
  isFirst: boolean,
): BlobValue | undefined {
  const run = runOf(tensor.shape, x.shape);
  if (run === undefined || !isFloat(tensor.type)) return undefined;
  if (run.shape.length === 0) {
    const y = withNumber(node, operation, x, valuesOf(tensor)[0]!, isFirst);
    return node.reshape(y, broadcastShape(tensor.shape, x.shape), "axes");
  }
  if (operation === "Max" || operation === "Min") return undefined;
  const values = tensor.data as Float32Array;
  const blob = (data: Float32Array) => [{ shape: run.shape, data }];
  const bias = (of: BlobValue, data: Float32Array, part = "") =>
    node.layer("Bias", [of], { bias_param: axisFields(run) }, x.shape, {
      part,
      blobs: blob(data),
      fixed: !learned,
    });
  const scale = (of: BlobValue, data: Float32Array, part = "") =>
    node.layer("Scale", [of], { scale_param: axisFields(run) }, x.shape, {
      part,
      blobs: blob(data),
      fixed: !learned,
    });
  switch (operation) {
    case "Add":
      return bias(x, values);
    case "Sub":
      return isFirst
        ? bias(node.power(x, { scale: -1 }, "minus"), values)
        : bias(x, values.map((value) => -value));
    case "Mul":
      return scale(x, values);
    case "Div":
      return isFirst
        ? scale(node.power(x, { power: -1 }, "inverse"), values)
        : scale(x, values.map((value) => 1 / value));
  }
}

/** x with one number. */
function withNumber(
  node: ImportedNode,
  operation: Operation,
  x: BlobValue,
  value: number,
  isFirst: boolean,
): BlobValue {
  // A layer even where nothing changes: the output has a name.
  const linear = (scale: number, shift: number) =>
    node.layer("Power", [x], {
      power_param: { ...scale === 1 ? {} : { scale }, ...shift === 0 ? {} : { shift } },
    }, x.shape);
  switch (operation) {
    case "Add":
      return linear(1, value);
    case "Sub":
      return isFirst ? linear(-1, value) : linear(1, -value);
    case "Mul":
      return linear(value, 0);
    case "Div":
      return isFirst
        ? node.power(node.power(x, { power: -1 }), { scale: value }, "times")
        : linear(1 / value, 0);
    case "Max":
      return clipped(node, x, value, Infinity);
    case "Min":
      return clipped(node, x, -Infinity, value);
  }
}

function ofBlobs(node: ImportedNode, operation: Operation, a: BlobValue, b: BlobValue, part = ""): BlobValue {
  const shape = broadcastShape(a.shape, b.shape);
  if (operation === "Mul") {
    const swish = swishOf(node, a, b);
    if (swish !== undefined) return swish;
  }
  if (isSame(a.shape, b.shape)) {
    const sum = (fields: EltwiseParameter["operation"], coeff?: number[], second = b) =>
      node.layer("Eltwise", [a, second], eltwise(fields, coeff), shape, { part });
    switch (operation) {
      case "Add":
        return sum("SUM");
      case "Sub":
        return sum("SUM", [1, -1]);
      case "Mul":
        return sum("PROD");
      case "Div":
        return sum("PROD", undefined, node.power(b, { power: -1 }, "inverse"));
      case "Max":
        return sum("MAX");
      case "Min":
        return broadcast(node, operation, a, b, shape, part);
    }
  }
  return withSmaller(node, operation, a, b, part) ?? broadcast(node, operation, a, b, shape, part);
}

/** a with a b of some of its axes, by a Scale or a Bias that takes the second from a blob. */
function withSmaller(
  node: ImportedNode,
  operation: Operation,
  a: BlobValue,
  b: BlobValue,
  part: string,
): BlobValue | undefined {
  if (operation === "Max" || operation === "Min") return undefined;
  let [whole, small] = [a, b];
  let run = runOf(small.shape, whole.shape, true);
  if (run === undefined) {
    if (operation === "Sub" || operation === "Div") return undefined;
    [whole, small] = [b, a];
    run = runOf(small.shape, whole.shape, true);
  }
  if (run === undefined || !isSame(broadcastShape(a.shape, b.shape), whole.shape)) return undefined;
  const other = operation === "Sub"
    ? node.power(small, { scale: -1 }, "minus")
    : operation === "Div"
    ? node.power(small, { power: -1 }, "inverse")
    : small;
  const bottoms = [whole, node.reshape(other, run.shape, "factor")];
  return operation === "Mul" || operation === "Div"
    ? node.layer("Scale", bottoms, { scale_param: { axis: run.axis } }, whole.shape, { part })
    : node.layer("Bias", bottoms, { bias_param: { axis: run.axis } }, whole.shape, { part });
}

/** Any two shapes, by the library's layer. */
function broadcast(
  node: ImportedNode,
  operation: Operation,
  a: BlobValue,
  b: BlobValue,
  shape: readonly number[],
  part: string,
): BlobValue {
  const param = {
    Add: { operation: 1 },
    Sub: { operation: 1, coeff: [1, -1] },
    Mul: { operation: 0 },
    Div: { operation: 3 },
    Max: { operation: 2 },
    Min: { operation: 4 },
  }[operation];
  return node.layer(
    "BroadcastEltwise",
    [a, b],
    { script_param: { param_str: JSON.stringify(param) } },
    shape,
    { part },
  );
}

/** x · σ(x), if a Sigmoid made one factor of the other. Its layer stays if another layer reads it. */
function swishOf(node: ImportedNode, a: BlobValue, b: BlobValue): BlobValue | undefined {
  const x = node.isSigmoidOf(b, a) ? a : node.isSigmoidOf(a, b) ? b : undefined;
  return x === undefined ? undefined : node.layer("Swish", [x], {}, x.shape);
}

function importPow(node: ImportedNode): BlobValue {
  const base = node.value(0), exponent = node.value(1);
  if (exponent.kind === "constant") {
    const x = node.floats(0), values = valuesOf(exponent.tensor), [power] = [...values];
    if (power === undefined || [...values].some((value) => value !== power)) {
      throw new NodeError("Expected one exponent but found several", "Pow");
    }
    const y = node.layer("Power", [x], { power_param: { power } }, x.shape);
    const shape = broadcastShape(exponent.tensor.shape, x.shape);
    if (countOf(shape) !== countOf(x.shape)) {
      throw new NodeError("Expected one exponent but found several", "Pow");
    }
    return node.reshape(y, shape, "axes");
  }
  const value = base.kind === "constant" && countOf(base.tensor.shape) === 1
    ? valuesOf(base.tensor)[0]!
    : undefined;
  if (value === undefined || !(value > 0) || value === 1) {
    throw new NodeError("Expected a constant exponent but found one that is computed", "Pow");
  }
  const x = node.floats(1), shape = broadcastShape(node.shape(0), x.shape);
  return node.reshape(node.layer("Exp", [x], { exp_param: { base: value } }, x.shape), shape, "axes");
}

/** x > t, which is what Threshold computes; or x < t, which is −x > −t. The bound may come first. */
function compared(node: ImportedNode, isGreater: boolean): BlobValue {
  const [left, right] = [node.value(0), node.value(1)], isFirst = left.kind === "constant";
  const bound = isFirst ? left : right;
  if (bound.kind !== "constant" || countOf(bound.tensor.shape) !== 1) {
    throw new NodeError(
      "Expected one constant bound but found several, or one that is computed",
      node.node.op,
    );
  }
  const x = node.floats(isFirst ? 1 : 0), value = valuesOf(bound.tensor)[0]!, keeps = isGreater !== isFirst;
  const signed = keeps ? x : node.power(x, { scale: -1 }, "minus");
  const threshold = keeps ? value : -value;
  const y = node.layer("Threshold", [signed], { threshold_param: { threshold } }, x.shape, { type: "bool" });
  return node.reshape(y, broadcastShape(bound.tensor.shape, x.shape), "axes");
}

/** Neighbouring axes of an array that a smaller one has; the others of the smaller one are 1. */
interface AxisRun {
  readonly axis: number;
  readonly shape: readonly number[];
}

/**
 * The axes of `whole` that `small` has; undefined where these are not neighbours, or `small` has more. With `keepsFirst`, an
 * axis of 1 in both, which may be the batch, counts among them.
 */
function runOf(small: readonly number[], whole: readonly number[], keepsFirst = false): AxisRun | undefined {
  if (countOf(small) === 1 && !keepsFirst) return { axis: 0, shape: [] };
  const missing = whole.length - small.length;
  if (missing < 0) return undefined;
  const own = whole.map((_, i) => small[i - missing] ?? 1);
  let begin = 0, end = own.length;
  while (begin < end && own[begin] === 1 && !(keepsFirst && begin === 0 && missing === 0 && whole[0] === 1)) {
    begin++;
  }
  while (end > begin && own[end - 1] === 1 && !(end === 1 && keepsFirst && missing === 0)) end--;
  const shape = own.slice(begin, end);
  return shape.every((dim, i) => dim === whole[begin + i]) ? { axis: begin, shape } : undefined;
}

function axisFields({ axis, shape }: AxisRun): { axis?: number; num_axes?: number } {
  return { ...axis === 1 ? {} : { axis }, ...shape.length === 1 ? {} : { num_axes: shape.length } };
}

function eltwise(
  operation: EltwiseParameter["operation"],
  coeff?: number[],
): { eltwise_param: EltwiseParameter } {
  return {
    eltwise_param: {
      ...operation === "SUM" ? {} : { operation: operation! },
      ...coeff === undefined ? {} : { coeff },
    },
  };
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
