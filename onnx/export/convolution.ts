import type { GraphBuilder, OnnxDim, OnnxValue } from "../graph_builder.ts";
import { floatTensor, type OnnxTensor } from "../tensor.ts";
import { convolutionGeometry, kernelOf, paddingBehind } from "./convolution_geometry.ts";
import { axisOf, type ExportedLayer, numbers, type ShapedValue } from "./exported_layer.ts";
import { reshapeTo } from "./reshape_to.ts";

/** Convolution over any number of spatial axes. */
export function exportConvolution(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  return convolve(graph, layer, "Conv");
}

/** Deconvolution, which is ONNX's ConvTranspose: the length is stride (n - 1) + kernel - padding in both. */
export function exportDeconvolution(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  return convolve(graph, layer, "ConvTranspose");
}

/** Im2col: the patches under a kernel, as a convolution with a kernel of one 1 for each of its taps. */
export function exportIm2col(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const param = layer.param.convolution_param ?? {};
  const [x] = layer.bottoms, axis = axisOf(layer, param.axis ?? 1);
  const [channels, ...image] = numbers(layer, x!.shape.slice(axis));
  const kernel = kernelOf(param, image.length);
  const taps = kernel.reduce((product, each) => product * each, 1);
  const ones = new Float32Array(channels! * taps * taps);
  for (let i = 0; i < channels! * taps; i++) ones[i * taps + i % taps] = 1;
  const weights = floatTensor(ones, [channels! * taps, 1, ...kernel]);
  return convolve(graph, { ...layer, blobs: [weights] }, "Conv", channels);
}

function convolve(
  graph: GraphBuilder,
  layer: ExportedLayer,
  op: "Conv" | "ConvTranspose",
  group = layer.param.convolution_param?.group ?? 1,
): OnnxValue[] {
  const param = layer.param.convolution_param ?? {};
  const axis = axisOf(layer, param.axis ?? 1);
  const [weights, bias] = layer.blobs.map(withSpatialAxis);
  const kernel = weights!.shape.slice(2);
  const image = spatialLengths(layer, layer.bottoms[0]!.shape, axis);
  const geometry = convolutionGeometry(param, kernel, image);
  const { strides, dilations, before, behind } = geometry;
  const isWhole = op === "ConvTranspose";
  const places = spatialLengths(layer, layer.tops[0]!, axis);
  const attributes = {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...before, ...isWhole ? behind : paddingBehind(geometry, image, places)],
    group,
  };
  const constants = [
    graph.constant(weights!, "weights"),
    bias && graph.constant({ ...bias, shape: [bias.data.length] }, "bias"),
  ];
  return layer.bottoms.map((bottom, i) => {
    const y = graph.node(op, [imageForm(graph, layer, bottom, axis), ...constants], attributes);
    return isImageForm(bottom.shape, axis) ? y : reshapeTo(graph, y, layer.tops[i]!);
  });
}

/** Operators know images as (N, C, spatial axes…) with at least one spatial axis. */
function isImageForm(shape: readonly OnnxDim[], axis: number): boolean {
  return axis === 1 && shape.length > 2;
}

function imageForm(graph: GraphBuilder, layer: ExportedLayer, value: ShapedValue, axis: number): OnnxValue {
  if (isImageForm(value.shape, axis)) return value;
  const [channels] = numbers(layer, [value.shape[axis]!]);
  return graph.node("Reshape", [
    value,
    graph.ints([-1, channels!, ...spatialLengths(layer, value.shape, axis)]),
  ]);
}

function spatialLengths(layer: ExportedLayer, shape: readonly OnnxDim[], axis: number): number[] {
  const lengths = numbers(layer, shape.slice(axis + 1));
  return lengths.length === 0 ? [1] : lengths;
}

function withSpatialAxis(tensor: OnnxTensor): OnnxTensor {
  return tensor.shape.length === 2 ? { ...tensor, shape: [...tensor.shape, 1] } : tensor;
}
