import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { floatTensor, type OnnxTensor } from "../tensor.ts";
import { scaled } from "./arithmetic.ts";
import { axisOf, type ExportedLayer } from "./exported_layer.ts";
import { reshapeTo } from "./reshape_to.ts";

/** BatchNorm: (x - mean) / √(variance + eps) for each channel, by the running sums that training left. */
export function exportBatchNorm(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { eps = 1e-5, use_global_stats: isGlobal = true, add_eps_before_sqrt: isWithin = true } =
    layer.param.batch_norm_param ?? {};
  const [x] = layer.bottoms, axes = x!.shape.length;
  if (!isGlobal) {
    const own = Array.from({ length: axes }, (_, i) => i).filter((axis) => axis !== 1 || axes === 1);
    return [normalized(graph, x!, own, eps, isWithin)];
  }
  const [means, variances, weight] = layer.blobs as [OnnxTensor, OnnxTensor, OnnxTensor];
  const scale = weight.data[0] === 0 ? 0 : 1 / Number(weight.data[0]);
  const mean = valuesOf(means, (value) => value * scale), { length } = mean;
  // With eps beside the root, the square of the divisor stands for variance and eps.
  const variance = valuesOf(
    variances,
    (value) => isWithin ? value * scale : (Math.sqrt(value * scale) + eps) ** 2,
  );
  if (axes === 1) {
    const deviation = Math.sqrt(variance[0]! + (isWithin ? eps : 0));
    return [scaled(graph, x!, 1 / deviation, -mean[0]! / deviation)];
  }
  return [
    graph.node("BatchNormalization", [
      x,
      graph.constant(floatTensor(new Float32Array(length).fill(1), [length]), "scale"),
      graph.constant(floatTensor(new Float32Array(length), [length]), "bias"),
      graph.constant(floatTensor(mean, [length]), "mean"),
      graph.constant(floatTensor(variance, [length]), "variance"),
    ], { epsilon: isWithin ? eps : 0 }),
  ];
}

/** LRN across channels, which ONNX has as well, or within one channel. */
export function exportLrn(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { local_size: size = 5, alpha = 1, beta = 0.75, k = 1, norm_region: region } = param.lrn_param ?? {};
  if (region !== "WITHIN_CHANNEL") return [graph.node("LRN", [x], { size, alpha, beta, bias: k })];
  const half = (size - 1) / 2;
  const mean = graph.node("AveragePool", [graph.node("Mul", [x, x])], {
    kernel_shape: [size, size],
    strides: [1, 1],
    pads: [half, half, half, half],
    count_include_pad: 1,
  });
  return [
    graph.node("Mul", [x, graph.node("Pow", [scaled(graph, mean, alpha, 1), graph.float(-beta)])]),
  ];
}

/** MVN: x - mean, and by default divided by the deviation + eps, of each channel or of each item. */
export function exportMvn(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { normalize_variance: isDivided = true, across_channels: isAcross = false, eps = 1e-9 } =
    layer.param.mvn_param ?? {};
  const [x] = layer.bottoms, [top] = layer.tops;
  const image = reshapeTo(graph, x!, top!, x!.shape);
  const axes = isAcross ? [1, 2, 3] : [2, 3];
  if (isDivided) return [normalized(graph, image, axes, eps, false)];
  return [graph.node("Sub", [image, graph.node("ReduceMean", [image], { axes })])];
}

/** Softmax over one axis. */
export function exportSoftmax(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  return [
    graph.node("Softmax", [layer.bottoms[0]], { axis: axisOf(layer, layer.param.softmax_param?.axis ?? 1) }),
  ];
}

/** x - mean over some axes, divided by √(variance + eps), or √variance + eps. */
function normalized(
  graph: GraphBuilder,
  x: OnnxValue,
  axes: readonly number[],
  eps: number,
  isWithin: boolean,
): OnnxValue {
  const centred = graph.node("Sub", [x, graph.node("ReduceMean", [x], { axes })]);
  const variance = graph.node("ReduceMean", [graph.node("Mul", [centred, centred])], { axes });
  const root = isWithin
    ? graph.node("Sqrt", [scaled(graph, variance, 1, eps)])
    : scaled(graph, graph.node("Sqrt", [variance]), 1, eps);
  return graph.node("Div", [centred, root]);
}

function valuesOf({ data }: OnnxTensor, map: (value: number) => number): number[] {
  return Array.from(data as Float32Array, map);
}
