import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { floatTensor } from "../tensor.ts";
import type { ShapedValue } from "./exported_layer.ts";

/** The windows of a pooling over the rows and the columns of images. */
export interface PoolWindows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** The padding before and behind the image, as far as the layer knows it; windows may reach further. */
  readonly before: readonly number[];
  readonly behind: readonly number[];
  /** The lengths of the image, and the number of windows. */
  readonly image: readonly number[];
  readonly places: readonly number[];
}

/** What Caffe gives as the maximum of a window that holds no value: the least 32-bit float. */
const LEAST = -(2 - 2 ** -23) * 2 ** 127;

/** The maximum of each window, and, if `hasIndices`, its index as ONNX counts: in the whole bottom. */
export function maxPool(
  graph: GraphBuilder,
  x: OnnxValue,
  windows: PoolWindows,
  hasIndices = false,
): OnnxValue[] {
  const [top, left, bottom, right] = reach(windows) as [number, number, number, number];
  const isOwn = needsNoPad(windows);
  const value = isOwn ? x : graph.node("Pad", [
    x,
    graph.ints([0, 0, top, left, 0, 0, bottom, right]),
    graph.float(LEAST),
  ]);
  return graph.nodes("MaxPool", [value], {
    kernel_shape: windows.kernel,
    strides: windows.strides,
    pads: isOwn ? [top, left, bottom, right] : [0, 0, 0, 0],
  }, hasIndices ? 2 : 1);
}

/** Whether the padding can be a pooling's own, which is less than the kernel: so that indices are those in the bottom. */
export function needsNoPad(windows: PoolWindows): boolean {
  return reach(windows).every((pad, i) => pad < windows.kernel[i % 2]!);
}

/**
 * The sum of each window, divided by its size: that of the part within the image and, unless `excludesPadding`, its
 * padding. ONNX divides by the size of the whole kernel, so the rest is a factor for each place.
 */
export function averagePool(
  graph: GraphBuilder,
  x: ShapedValue,
  windows: PoolWindows,
  excludesPadding = false,
): OnnxValue {
  const { kernel, places } = windows;
  const factors = kernel.map((size, i) =>
    Array.from({ length: places[i]! }, (_, place) => size / countedAt(windows, i, place, excludesPadding))
  );
  const isEven = factors.flat().every((factor) => factor === 1);
  // Where each window holds a value, ONNX can leave padding out by itself.
  const leavesOut = excludesPadding && needsNoPad(windows) &&
    factors.flat().every((factor) => Number.isFinite(factor) && factor > 0);
  const mean = meansOf(graph, x, windows, leavesOut);
  if (isEven || leavesOut) return mean;
  const [rows, columns] = factors;
  const factor = rows!.flatMap((row) => columns!.map((column) => row * column));
  return graph.node("Mul", [
    mean,
    graph.constant(floatTensor(factor, [1, 1, places[0]!, places[1]!]), "divisor"),
  ]);
}

/** For each place the mean of its values weighted by themselves, Σ x² / Σ x; 0 where their sum is not above 0. */
export function weightedPool(graph: GraphBuilder, x: ShapedValue, windows: PoolWindows): OnnxValue {
  const squared = graph.shaped(graph.node("Mul", [x, x]), x.shape) as ShapedValue;
  const mean = meansOf(graph, x, windows), squares = meansOf(graph, squared, windows);
  return graph.node("Where", [
    graph.node("Greater", [mean, graph.float(0)]),
    graph.node("Div", [squares, mean]),
    graph.float(0),
  ]);
}

/** The sum of each window, divided by the size of the whole kernel, or by what of it lies within the image. */
function meansOf(graph: GraphBuilder, x: ShapedValue, windows: PoolWindows, leavesOut = false): OnnxValue {
  const { kernel, strides } = windows, pads = reach(windows);
  if (needsNoPad(windows)) {
    const isPadded = pads.some((pad) => pad > 0);
    return graph.node("AveragePool", [x], {
      kernel_shape: kernel,
      strides,
      pads,
      ...isPadded ? { count_include_pad: leavesOut ? 0 : 1 } : {},
    });
  }
  // Not a Pad before it: onnxruntime would make both one, and then refuse the padding.
  const channels = Number(x.shape[1]), size = kernel[0]! * kernel[1]!;
  const weights = floatTensor(new Float32Array(channels * size).fill(1 / size), [channels, 1, ...kernel]);
  return graph.node("Conv", [x, graph.constant(weights, "mean")], {
    kernel_shape: kernel,
    strides,
    pads,
    group: channels,
  });
}

/** By what the sum of the windows at a place along an axis is divided. */
function countedAt(windows: PoolWindows, axis: number, place: number, excludesPadding: boolean): number {
  const length = windows.image[axis]!;
  const from = place * windows.strides[axis]! - windows.before[axis]!;
  const to = Math.min(from + windows.kernel[axis]!, length + windows.behind[axis]!);
  return excludesPadding ? Math.min(to, length) - Math.max(from, 0) : to - from;
}

/** The padding with which ONNX has as many places: before the rows and columns, then behind them. */
function reach({ kernel, strides, before, image, places }: PoolWindows): number[] {
  const behind = places.map((count, i) =>
    Math.max(0, (count - 1) * strides[i]! + kernel[i]! - image[i]! - before[i]!)
  );
  return [...before, ...behind];
}
