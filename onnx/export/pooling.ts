import type { PoolingParameter } from "../../proto/messages.ts";
import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { toFloat } from "./arithmetic.ts";
import { edgePads, samePads } from "./edge_pads.ts";
import { type ExportedLayer, numbers, refuse } from "./exported_layer.ts";
import { averagePool, maxPool, needsNoPad, type PoolWindows, weightedPool } from "./pool_windows.ts";

/** Pooling: MAX with its mask, AVE as Caffe divides, AVE_EXC_PAD of forks, and what STOCHASTIC computes for inference. */
export function exportPooling(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const param = layer.param.pooling_param ?? {}, { pool = "MAX" } = param;
  const [x] = layer.bottoms;
  const image = numbers(layer, x!.shape.slice(2));
  const windows = windowsOf(param, image, numbers(layer, layer.tops[0]!.slice(2)));
  switch (pool) {
    case "MAX":
      if (layer.tops.length > 1) return withMask(graph, layer, windows);
      return param.global_pooling ? [graph.node("GlobalMaxPool", [x])] : maxPool(graph, x!, windows);
    case "AVE":
      return [
        param.global_pooling ? graph.node("GlobalAveragePool", [x]) : averagePool(graph, x!, windows),
      ];
    case "AVE_EXC_PAD":
    case "AVE_TF":
      return [averagePool(graph, x!, windows, true)];
    case "STOCHASTIC":
      return [weightedPool(graph, x!, windows)];
    default:
      return refuse(layer, "a pool of MAX, AVE, AVE_EXC_PAD or STOCHASTIC", pool);
  }
}

/** SPP: the image pooled in 1, 2 × 2, 4 × 4 … bins, one level after the other. */
export function exportSpp(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { pyramid_height: height = 1, pool = "MAX" } = layer.param.spp_param ?? {};
  const [x] = layer.bottoms;
  const image = numbers(layer, x!.shape.slice(2));
  const levels = Array.from({ length: height }, (_, level) => {
    const windows = levelWindows(image, level);
    if (pool === "MAX") return maxPool(graph, x!, windows)[0]!;
    return pool === "AVE" ? averagePool(graph, x!, windows) : refuse(layer, "a pool of MAX or AVE", pool);
  });
  if (height === 1) return levels;
  const flat = levels.map((level) => graph.node("Flatten", [level], { axis: 1 }));
  return [graph.node("Concat", flat, { axis: 1 })];
}

/** The maxima, and the position of each in its plane. */
function withMask(graph: GraphBuilder, layer: ExportedLayer, windows: PoolWindows): OnnxValue[] {
  if (!needsNoPad(windows)) {
    refuse(layer, "a mask of windows that each reach into the image", "one that lies outside");
  }
  const [y, indices] = maxPool(graph, layer.bottoms[0]!, windows, true);
  const [height, width] = windows.image;
  return [y!, toFloat(graph, graph.node("Mod", [indices, graph.ints([height! * width!])]))];
}

function windowsOf(param: PoolingParameter, image: number[], places: number[]): PoolWindows {
  const { kernel_size: size = 0, stride = 1, pad = 0 } = param;
  const kernel = param.global_pooling ? image : [param.kernel_h ?? size, param.kernel_w ?? size];
  const strides = [param.stride_h ?? stride, param.stride_w ?? stride];
  const own = [param.pad_h ?? pad, param.pad_w ?? pad];
  const [before, behind] = edgePads(param) ??
    (param.pad_type === 1 ? samePads(image, kernel, strides) : [own, own]);
  return { kernel, strides, before, behind, image, places };
}

/** The windows of level l: ⌈side / 2^l⌉ long, as far apart, padded so that they are centred. */
function levelWindows(image: number[], level: number): PoolWindows {
  const bins = 2 ** level;
  const kernel = image.map((side) => Math.ceil(side / bins));
  const pad = image.map((side, i) => Math.floor((kernel[i]! * bins - side + 1) / 2));
  const places = image.map((side, i) => {
    const count = Math.ceil((side + 2 * pad[i]! - kernel[i]!) / kernel[i]!) + 1;
    return pad[i]! > 0 && (count - 1) * kernel[i]! >= side + pad[i]! ? count - 1 : count;
  });
  return { kernel, strides: kernel, before: pad, behind: pad, image, places };
}
