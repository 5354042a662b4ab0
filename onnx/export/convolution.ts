import type { ConvolutionParameter } from "../../proto/messages.ts";
import { type ExportedLayer, numbers } from "./exported_layer.ts";
import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { floatTensor } from "../tensor.ts";

/** Convolution over any number of spatial axes. */
export function exportConvolution(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { x, weights, bias, attributes } = partsOf(graph, layer);
  return layer.bottoms.map((bottom, i) =>
    graph.node("Conv", [i === 0 ? x : bottom, weights, bias], attributes)
  );
}

/** Deconvolution, which is ONNX's ConvTranspose. */
export function exportDeconvolution(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { x, weights, bias, attributes } = partsOf(graph, layer);
  return layer.bottoms.map((bottom, i) =>
    graph.node("ConvTranspose", [i === 0 ? x : bottom, weights, bias], attributes)
  );
}

function partsOf(graph: GraphBuilder, layer: ExportedLayer) {
  const param = layer.param.convolution_param ?? {};
  const [x] = layer.bottoms, [weights, bias] = layer.blobs;
  const axes = weights!.shape.length - 2;
  const spatial = numbers(layer, weights!.shape.slice(2));
  const pad = paddings(param, axes);
  return {
    x: x!,
    weights: graph.constant(weights!, "weights"),
    bias: bias && graph.constant(floatTensor(bias.data as Float32Array, [bias.data.length]), "bias"),
    attributes: {
      kernel_shape: spatial,
      strides: perAxis(param.stride, param.stride_h, param.stride_w, axes, 1),
      dilations: perAxis(param.dilation, undefined, undefined, axes, 1),
      pads: [...pad, ...pad],
      group: param.group ?? 1,
    },
  };
}

/** The padding before, and after, each spatial axis. */
export function paddings(param: ConvolutionParameter, axes: number): number[] {
  return perAxis(param.pad, param.pad_h, param.pad_w, axes, 0);
}

function perAxis(
  given: readonly number[] | undefined,
  h: number | undefined,
  w: number | undefined,
  axes: number,
  otherwise: number,
): number[] {
  if (h !== undefined || w !== undefined) return [h ?? otherwise, w ?? otherwise];
  return Array.from({ length: axes }, (_, i) => given?.[i] ?? given?.[0] ?? otherwise);
}
