import type { OnnxTensor } from "../tensor.ts";
import { countOf, stridesOf } from "./tensor_values.ts";

/**
 * The tensor of `shape` whose item (i, j, …) is item `offset` + i·`steps`[0] + j·`steps`[1] + … of another: what Transpose,
 * Expand and Slice do.
 */
export function rearranged(
  tensor: OnnxTensor,
  shape: readonly number[],
  steps: readonly number[],
  offset = 0,
): OnnxTensor {
  return pick(tensor, shape, (at) => {
    let from = offset;
    for (let i = 0; i < shape.length; i++) from += at[i]! * steps[i]!;
    return from;
  });
}

/** Items of an axis by their numbers, whose own axes take that axis' place. */
export function gathered(
  tensor: OnnxTensor,
  axis: number,
  indices: readonly number[],
  indexShape: readonly number[],
): OnnxTensor {
  const { shape } = tensor, inner = countOf(shape.slice(axis + 1)), size = shape[axis]!;
  const outer = countOf(shape.slice(0, axis));
  const { data } = pick(tensor, [outer, indices.length, inner], ([o, i, k]) => {
    return (o! * size + indices[i!]!) * inner + k!;
  });
  return { ...tensor, shape: [...shape.slice(0, axis), ...indexShape, ...shape.slice(axis + 1)], data };
}

/** Tensors one after the other along an axis. Their other lengths must agree. */
export function concatenated(tensors: readonly OnnxTensor[], axis: number): OnnxTensor {
  const [first] = tensors as [OnnxTensor];
  const length = tensors.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const shape = first.shape.map((dim, i) => i === axis ? length : dim);
  const outer = countOf(shape.slice(0, axis)), inner = countOf(shape.slice(axis + 1));
  const data = emptyLike(first, countOf(shape));
  let at = 0;
  for (const { data: part, shape: own } of tensors) {
    const run = own[axis]! * inner;
    for (let o = 0; o < outer; o++) {
      // Of one kind, as the tensors are of one type.
      data.set(part.subarray(o * run, (o + 1) * run) as never, o * length * inner + at);
    }
    at += run;
  }
  return { shape, data, type: first.type };
}

/** A tensor in a larger shape, its axes of 1 repeated. */
export function expanded(tensor: OnnxTensor, shape: readonly number[]): OnnxTensor {
  const apart = stridesOf(tensor.shape), missing = shape.length - tensor.shape.length;
  return rearranged(
    tensor,
    shape,
    shape.map((_, i) => i < missing || tensor.shape[i - missing] === 1 ? 0 : apart[i - missing]!),
  );
}

/** A tensor with its axes in another order. */
export function transposed(tensor: OnnxTensor, order: readonly number[]): OnnxTensor {
  const apart = stridesOf(tensor.shape);
  return rearranged(tensor, order.map((axis) => tensor.shape[axis]!), order.map((axis) => apart[axis]!));
}

function pick(
  tensor: OnnxTensor,
  shape: readonly number[],
  from: (at: readonly number[]) => number,
): OnnxTensor {
  const count = countOf(shape), data = emptyLike(tensor, count), at = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < count; i++) {
    data[i] = tensor.data[from(at)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0;
  }
  return { shape: [...shape], data, type: tensor.type };
}

function emptyLike({ data }: OnnxTensor, count: number): OnnxTensor["data"] {
  if (data instanceof Float32Array) return new Float32Array(count);
  return data instanceof Int32Array ? new Int32Array(count) : new BigInt64Array(count);
}
