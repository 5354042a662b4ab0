import { sliceOperands } from "../../graph/fold_node.ts";
import { NodeError } from "../../graph/node_error.ts";
import { axisIn, shapeText, sliced, splitLengths } from "../../graph/shape_rules.ts";
import { countOf, valuesOf } from "../../graph/tensor_values.ts";
import { isFloat } from "../../read_tensor.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue, Value } from "../values.ts";
import { gatherAxis, padded, sliceAxis } from "./parts.ts";

/** Operators that join, cut and pick. */
export const SLICES: Readonly<Record<string, NodeImporter>> = {
  Concat: { becomes: "`Concat`", import: (node) => [importConcat(node)] },
  Gather: {
    becomes: "`Gather` of constant indices; `Embed` of constant rows",
    except: "both computed",
    import: (node) => [importGather(node)],
  },
  Pad: {
    becomes:
      "zeros: part of a convolution or pooling behind it, else `Pad`; a border that repeats or mirrors: `Gather`",
    except: "pads that are computed",
    import: (node) => [importPad(node)],
  },
  Slice: {
    becomes: "`Slice`; with steps `Gather`",
    except: "bounds that are computed",
    import: (node) => [importSlice(node)],
  },
  Split: { becomes: "`Slice`", except: "parts of no length", import: importSplit },
};

function importConcat(node: ImportedNode): BlobValue {
  const inputs = Array.from({ length: node.arity }, (_, i) => node.blob(i)), [first] = inputs;
  if (first === undefined) throw new NodeError("Expected inputs but found none");
  const axis = axisIn(node.node.int("axis", 1), first.shape.length);
  for (const { shape } of inputs) {
    if (shape.length !== first.shape.length || shape.some((dim, i) => i !== axis && dim !== first.shape[i])) {
      throw new NodeError(
        `Expected inputs that fit but found ${shapeText(first.shape)} and ${shapeText(shape)}`,
      );
    }
  }
  const length = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return node.layer(
    "Concat",
    inputs,
    axis === 1 ? {} : { concat_param: { axis } },
    first.shape.map((dim, i) => i === axis ? length : dim),
    { type: first.type },
  );
}

function importSplit(node: ImportedNode): BlobValue[] {
  const x = node.blob(0), { node: graphNode } = node, axis = axisIn(graphNode.int("axis", 0), x.shape.length);
  const given = node.has(1) ? node.numbers(1, "lengths") : graphNode.ints("split");
  const lengths = splitLengths(x.shape[axis]!, graphNode.outputs.length, given);
  if (lengths.length === 1) return [x];
  if (lengths.includes(0)) throw new NodeError("Expected parts of 1 or more but found one of none");
  let at = 0;
  const slice_point = lengths.slice(0, -1).map((length) => at += length);
  const isEven = lengths.every((length) => length === lengths[0]);
  return node.layers(
    "Slice",
    [x],
    { slice_param: { ...axis === 1 ? {} : { axis }, ...isEven ? {} : { slice_point } } },
    lengths.map((length) => x.shape.map((dim, i) => i === axis ? length : dim)),
    { type: x.type },
  );
}

function importSlice(node: ImportedNode): BlobValue {
  const x = node.blob(0), names = ["starts", "ends", "axes", "steps"];
  const inputs = [
    undefined,
    ...names.map((what, i) => node.has(i + 1) ? node.constant(i + 1, what) : undefined),
  ];
  const operands = sliceOperands({ node: node.node, opset: node.opset, inputs, external: undefined });
  return sliced(x.shape, ...operands).reduce((of, { axis, start, step, length }) => {
    if (step === 1) return sliceAxis(node, of, axis, start, length);
    return gatherAxis(node, of, axis, progression(start, step, length));
  }, x);
}

function progression(start: number, step: number, length: number): number[] {
  if (length > 2 ** 20) {
    throw new NodeError(`Expected at most ${2 ** 20} items of an axis but found ${length}`);
  }
  return Array.from({ length }, (_, i) => start + i * step);
}

function importGather(node: ImportedNode): BlobValue {
  const from = node.value(0), wanted = node.value(1);
  if (wanted.kind === "constant") {
    const x = node.blob(0), axis = axisIn(node.node.int("axis", 0), x.shape.length);
    const indices = [...valuesOf(wanted.tensor)].map((index) => axisIn(index, x.shape[axis]!));
    return gatherAxis(node, x, axis, indices, wanted.tensor.shape);
  }
  if (from.kind !== "constant" || node.node.int("axis", 0) !== 0) {
    throw new NodeError(
      "Expected constant indices, or constant rows, but found that both are computed",
      "GatherRows",
    );
  }
  const { shape, data } = node.weights(0, "rows"), [rows = 0, ...rest] = shape, outputs = countOf(rest);
  if (rows < 1 || outputs < 1) throw new NodeError(`Expected rows but found ${shapeText(shape)}`);
  const indices = node.blob(1);
  node.remark("Its input holds row numbers from 0 on, as floats.");
  const y = node.layer(
    "Embed",
    [indices],
    {
      embed_param: {
        num_output: outputs,
        input_dim: rows,
        bias_term: false,
        weight_filler: { type: "uniform", min: -0.08, max: 0.08 },
      },
    },
    [...indices.shape, outputs],
    { blobs: [{ shape: [rows, outputs], data }] },
  );
  return node.reshape(y, [...indices.shape, ...rest], "rows");
}

function importPad(node: ImportedNode): Value {
  const { node: graphNode } = node, axes = node.shape(0).length, isOld = node.opset < 11;
  const pads = isOld ? graphNode.ints("pads") ?? [] : node.numbers(1, "pads") ?? [];
  const value = isOld ? graphNode.float("value", 0) : node.number(2, "a constant") ?? 0;
  const mode = graphNode.string("mode", "constant");
  if (pads.length !== 2 * axes || !pads.every((pad) => Math.abs(pad) <= 2 ** 24)) {
    throw new NodeError(`Expected ${2 * axes} pads but found ${pads.join(", ")}`);
  }
  let x = node.blob(0);
  // Less than 0 cuts.
  for (const [axis, size] of [...x.shape.entries()]) {
    const first = Math.max(0, -pads[axis]!), last = Math.max(0, -pads[axis + axes]!);
    x = sliceAxis(node, x, axis, first, size - first - last, "cut");
  }
  const before = pads.slice(0, axes).map((pad) => Math.max(0, pad));
  const behind = pads.slice(axes).map((pad) => Math.max(0, pad));
  if ([...before, ...behind].every((pad) => pad === 0)) return x;
  if (mode !== "constant") return mirrored(node, x, before, behind, mode);
  if (value !== 0 || !isFloat(x.type)) return padded(node, x, before, behind, value);
  return { kind: "padded", of: x, before, behind, node: graphNode.name, output: graphNode.outputs[0]! };
}

/** A border that repeats the edge, or mirrors what is inside. */
function mirrored(
  node: ImportedNode,
  x: BlobValue,
  before: readonly number[],
  behind: readonly number[],
  mode: string,
): BlobValue {
  if (mode !== "edge" && mode !== "reflect") {
    throw new NodeError(`Expected constant, edge or reflect as mode but found '${mode}'`);
  }
  return x.shape.reduce((of, size, axis) => {
    const length = size + before[axis]! + behind[axis]!;
    if (length === size) return of;
    if (length > 2 ** 20) {
      throw new NodeError(`Expected at most ${2 ** 20} items of an axis but found ${length}`);
    }
    if (mode === "reflect" && (before[axis]! >= size || behind[axis]! >= size)) {
      throw new NodeError(`Expected pads below the axis' ${size} items to mirror but found more`);
    }
    const indices = Array.from({ length }, (_, i) => {
      const at = i - before[axis]!;
      if (mode === "edge") return Math.min(Math.max(at, 0), size - 1);
      return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
    });
    return gatherAxis(node, of, axis, indices, [length], `axis${axis}`);
  }, x);
}
