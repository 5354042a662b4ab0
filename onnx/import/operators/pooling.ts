import type { PoolingParameter } from "../../../proto/messages.ts";
import { NodeError } from "../../graph/node_error.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import { countOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";
import { planar, planarPads, type Window, windowOf } from "./window.ts";

/** Poolings over windows, and over whole images. */
export const POOLINGS: Readonly<Record<string, NodeImporter>> = {
  AveragePool: {
    becomes: "`Pooling`, AVE, or AVE_EXC_PAD where padding does not count",
    except: "dilations; ceil_mode with a window that begins beyond the image",
    import: (node) => [importPool(node, "AVE")],
  },
  GlobalAveragePool: {
    becomes: "`Pooling`, AVE, global",
    import: (node) => [globalPool(node, node.floats(0), "AVE")],
  },
  GlobalMaxPool: {
    becomes: "`Pooling`, MAX, global",
    import: (node) => [globalPool(node, node.floats(0), "MAX")],
  },
  MaxPool: {
    becomes: "`Pooling`, MAX",
    except: "dilations; the second output; ceil_mode with a window that begins beyond the image",
    import: (node) => [importPool(node, "MAX")],
  },
};

type Method = "MAX" | "AVE" | "AVE_EXC_PAD";

/** The maximum, or the mean, of each image of (N, C, …), in axes of 1. */
export function globalPool(node: ImportedNode, x: BlobValue, pool: "MAX" | "AVE"): BlobValue {
  const [n = 0, c = 0, ...lengths] = x.shape;
  if (lengths.length < 1) throw new NodeError(`Expected images (N, C, …) but found ${shapeText(x.shape)}`);
  const plane = lengths.length === 2
    ? x
    : node.reshape(x, [n, c, 1, countOf(lengths)], "plane", [0, 0, 1, -1]);
  const y = node.layer("Pooling", [plane], { pooling_param: { pool, global_pooling: true } }, [n, c, 1, 1]);
  return node.reshape(y, [n, c, ...lengths.map(() => 1)], "image");
}

function importPool(node: ImportedNode, method: "MAX" | "AVE"): BlobValue {
  node.onlyFirstOutput();
  const value = node.value(0), { node: graphNode } = node;
  const kernel = graphNode.ints("kernel_shape") ?? [];
  const counts = graphNode.int("count_include_pad", 0) !== 0, ceil = graphNode.int("ceil_mode", 0) !== 0;
  let x: BlobValue, window: Window, includes = counts;
  const isSpatial = value.kind === "padded" &&
    [...value.before.slice(0, 2), ...value.behind.slice(0, 2)].every((pad) => pad === 0);
  const own = windowOf(graphNode, node.shape(0).slice(2), kernel);
  const isPadded = [...own.before, ...own.behind].some((pad) => pad > 0);
  if (isSpatial && method === "AVE" && !ceil && (counts || !isPadded)) {
    // The zeros that a Pad before adds count, as the padding does.
    x = value.of;
    const sums = (a: readonly number[], b: readonly number[]) => a.map((pad, i) => pad + b[i + 2]!);
    window = { ...own, before: sums(own.before, value.before), behind: sums(own.behind, value.behind) };
    includes = true;
  } else {
    x = node.floats(0);
    window = own;
  }
  if (x.shape.length < 3) throw new NodeError(`Expected images (N, C, …) but found ${shapeText(x.shape)}`);
  if (window.dilations.some((dilation, i) => dilation !== 1 && kernel[i] !== 1)) {
    throw new NodeError("Expected no dilations but found some");
  }
  if ([...window.before, ...window.behind].some((pad, i) => pad >= kernel[i % kernel.length]!)) {
    throw new NodeError("Expected pads below the kernel's size but found larger ones");
  }
  const excludes = [...window.before, ...window.behind].some((pad) => pad > 0) && !includes;
  const pool: Method = method === "AVE" && excludes ? "AVE_EXC_PAD" : method;
  return poolAxes(node, x, window, pool, ceil);
}

/** One axis, as images of one row; two; or three, as the two last and then the first. */
function poolAxes(node: ImportedNode, x: BlobValue, window: Window, pool: Method, ceil: boolean): BlobValue {
  const [n, c, ...lengths] = x.shape as [number, number, ...number[]];
  const over = (axes: readonly (number | undefined)[]): Window => {
    const take = (values: readonly number[], other: number) =>
      axes.map((axis) => axis === undefined ? other : values[axis]!);
    return {
      kernel: take(window.kernel, 1),
      strides: take(window.strides, 1),
      dilations: take(window.dilations, 1),
      before: take(window.before, 0),
      behind: take(window.behind, 0),
    };
  };
  if (lengths.length === 2) return poolPlane(node, x, window, pool, ceil);
  if (lengths.length === 1) {
    const plane = node.reshape(x, [n, c, 1, ...lengths], "plane");
    const y = poolPlane(node, plane, over([undefined, 0]), pool, ceil);
    return node.reshape(y, [n, c, y.shape[3]!], "line");
  }
  if (lengths.length !== 3) throw new NodeError(`Expected 1 to 3 spatial axes but found ${lengths.length}`);
  const [d, h, w] = lengths as [number, number, number];
  // A maximum of maxima is that of all; and so are means, since each has the same share of every axis.
  const planes = poolPlane(node, node.reshape(x, [n, c * d, h, w], "planes"), over([1, 2]), pool, ceil);
  const [, , h2, w2] = planes.shape as [number, number, number, number];
  const deep = node.reshape(planes, [n, c, d, h2 * w2], "deep");
  const y = poolPlane(node, deep, over([0, undefined]), pool, ceil, "deep");
  return node.reshape(y, [n, c, y.shape[2]!, h2, w2], "volume");
}

function poolPlane(
  node: ImportedNode,
  x: BlobValue,
  window: Window,
  pool: Method,
  ceil: boolean,
  part = "",
): BlobValue {
  const { kernel, strides, before, behind } = window;
  const isPadded = [...before, ...behind].some((pad) => pad > 0);
  const lengths = x.shape.slice(2).map((length, i) => {
    const room = (length + before[i]! + behind[i]! - kernel[i]!) / strides[i]!;
    if (room < 0) throw new NodeError(`Expected a kernel that fits but found ${shapeText(x.shape)}`);
    const whole = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
    // No window begins in the padding behind the image. Caffe leaves such ones out only where there is padding.
    const isBeyond = (whole - 1) * strides[i]! >= length + before[i]!;
    if (isBeyond && !isPadded) {
      throw new NodeError(
        "Expected windows that begin inside of the image but found one beyond it, by ceil_mode",
      );
    }
    return isBeyond ? whole - 1 : whole;
  });
  const parameter: PoolingParameter = {
    pool,
    ...planar(kernel, "kernel_size", "kernel_h", "kernel_w"),
    ...strides.every((stride) => stride === 1) ? {} : planar(strides, "stride", "stride_h", "stride_w"),
    ...planarPads(window),
    ...ceil ? {} : { round_mode: "FLOOR" },
  };
  return node.layer("Pooling", [x], { pooling_param: parameter }, [...x.shape.slice(0, 2), ...lengths], {
    part,
  });
}
