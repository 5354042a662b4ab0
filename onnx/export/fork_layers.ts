import { withDefaults } from "../../proto/codec/defaults.ts";
import type { GraphBuilder, OnnxValue } from "../graph_builder.ts";
import { cast, filled, lengths, reshaped, shapeOf, sliced } from "../graph_parts.ts";
import type { OnnxTensor } from "../tensor.ts";
import { exportConvolution } from "./convolution.ts";
import { type ExportedLayer, numbers, refuse } from "./exported_layer.ts";
import { reorganized } from "./reorg.ts";
import { repeated, resizedLinearly } from "./resize.ts";

/** Axpy: y = a x + b, with one a for each channel of each item. */
export function exportAxpy(graph: GraphBuilder, { bottoms: [a, x, b] }: ExportedLayer): OnnxValue[] {
  const each = reshaped(graph, a!, [0, 0, ...x!.shape.slice(2).map(() => 1)]);
  return [graph.node("Add", [graph.node("Mul", [x, each]), b])];
}

/** BN of SegNet, with the batch's statistics or none, and of PSPNet, with those of its parameters. */
export function exportBn(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { bottoms: [x], blobs: [scale, shift, mean, variance], param, tops } = layer;
  const given = param.bn_param ?? {}, { eps, bn_mode } = withDefaults("BNParameter", given);
  const flat = (of: OnnxTensor | undefined, name: string) =>
    graph.constant({ ...of!, shape: [of!.data.length] }, name);
  if (mean !== undefined) {
    const parts = [
      flat(scale, "scale"),
      flat(shift, "shift"),
      flat(mean, "mean"),
      flat(variance, "variance"),
    ];
    return [graph.node("BatchNormalization", [x, ...parts], { epsilon: eps })];
  }
  const each = (of: OnnxTensor | undefined, name: string) =>
    graph.constant({ ...of!, shape: [of!.data.length, ...x!.shape.slice(2).map(() => 1)] }, name);
  const scaled = (value: OnnxValue | undefined) =>
    graph.node("Add", [graph.node("Mul", [value, each(scale, "scale")]), each(shift, "shift")]);
  if (bn_mode === "INFERENCE") return [scaled(x)];
  const over = { axes: x!.shape.map((_, axis) => axis).filter((axis) => axis !== 1), keepdims: 1 };
  const average = graph.node("ReduceMean", [x], over), centred = graph.node("Sub", [x, average]);
  const square = graph.node("ReduceMean", [graph.node("Mul", [centred, centred])], over);
  const deviation = graph.node("Sqrt", [graph.node("Add", [square, graph.float(1e-9)])]);
  const statistics = [average, square].map((value) => reshaped(graph, value, [1, -1, 1, 1]));
  return [scaled(graph.node("Div", [centred, deviation])), ...statistics].slice(0, tops.length);
}

/** DepthwiseConvolution and ConvolutionDepthwise: a convolution whose groups are its channels, unless it says so itself. */
export function exportDepthwiseConvolution(graph: GraphBuilder, layer: ExportedLayer): readonly OnnxValue[] {
  const { param } = layer, convolution = param.convolution_param ?? {};
  const group = convolution.group ?? convolution.num_output ?? 1;
  return exportConvolution(graph, {
    ...layer,
    param: { ...param, convolution_param: { ...convolution, group } },
  });
}

/** HardSigmoid: min(max(alpha x + beta, 0), 1). */
export function exportHardSigmoid(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { alpha, beta } = withDefaults("HardSigmoidParameter", param.hard_sigmoid_param);
  return [graph.node("HardSigmoid", [x], { alpha, beta })];
}

/** HardSwish: x min(max(x + 3, 0), 6) / 6. */
export function exportHardSwish(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  const part = graph.node("Clip", [graph.node("Add", [x, graph.float(3)]), graph.float(0), graph.float(6)]);
  return [graph.node("Div", [graph.node("Mul", [x, part]), graph.float(6)])];
}

/** Interp: bilinear, with corners on corners; negative pads crop. */
export function exportInterp(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { bottoms: [x], param } = layer, { pad_beg = 0, pad_end = 0 } = param.interp_param ?? {};
  const [height, width] = numbers(layer, x!.shape.slice(2)) as [number, number];
  const isWhole = pad_beg === 0 && pad_end === 0;
  const from = isWhole ? x! : sliced(graph, x!, [
    { axis: 2, start: -pad_beg, end: height + pad_end },
    { axis: 3, start: -pad_beg, end: width + pad_end },
  ]);
  return [resizedLinearly(graph, layer, "align_corners", false, from)];
}

/** Permute: the axes in another order; those that are not named follow. */
export function exportPermute(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const order = param.permute_param?.order ?? [];
  const rest = [...x!.shape.keys()].filter((axis) => !order.includes(axis));
  return [graph.node("Transpose", [x], { perm: [...order, ...rest] })];
}

/** ReLU6: min(x, 6), and `negative_slope` times x below 0. */
export function exportRelu6(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { negative_slope: slope } = withDefaults("ReLUParameter", param.relu6_param);
  if (slope === 0) return [graph.node("Clip", [x, graph.float(0), graph.float(6)])];
  return [graph.node("Min", [graph.node("LeakyRelu", [x], { alpha: slope }), graph.float(6)])];
}

/** Reorg, as darknet has it. */
export function exportReorg(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { stride = 1, reverse = false } = layer.param.reorg_param ?? {};
  return [reorganized(graph, layer, stride, reverse)];
}

/** ShuffleChannel: the channels of groups, dealt out in turn. */
export function exportShuffleChannel(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { bottoms: [x], param } = layer, [channels, ...rest] = numbers(layer, x!.shape.slice(1));
  const { group } = withDefaults("ShuffleChannelParameter", param.shuffle_channel_param);
  const inner = rest.reduce((all, length) => all * length, 1);
  const apart = reshaped(graph, x!, [0, group, channels! / group, inner]);
  const order = graph.node("Transpose", [apart], { perm: [0, 2, 1, 3] });
  return [reshaped(graph, order, [0, channels!, ...rest])];
}

/** Squeeze: leaves out axes of length 1, those that it names or all. */
export function exportSqueeze(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { bottoms: [x], param } = layer, { length } = x!.shape, named = param.squeeze_param?.axis ?? [];
  const unknown = x!.shape.find((dim) => typeof dim === "string");
  if (named.length === 0 && unknown !== undefined) {
    refuse(
      layer,
      "squeeze_param { axis } where the batch may be any, or a fixed batch",
      `none, with an axis of ${unknown}, which a batch of 1 would leave out`,
    );
  }
  const axes = named.length > 0
    ? named.map((axis) => axis < 0 ? axis + length : axis)
    : [...x!.shape.keys()].filter((axis) => x!.shape[axis] === 1);
  return [axes.length === 0 ? x! : graph.node("Squeeze", [x, graph.ints([...new Set(axes)])])];
}

/** Upsample: repeats pixels, or with a pooling's mask, puts each value where it was the largest. */
export function exportUpsample(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { bottoms: [x, mask], tops: [top] } = layer;
  const [height, width] = numbers(layer, x!.shape.slice(2)) as [number, number];
  const [channels, high, wide] = numbers(layer, top!.slice(1)) as [number, number, number];
  if (mask === undefined) return [repeated(graph, x!, high / height, wide / width)];
  const flat = (value: OnnxValue) => reshaped(graph, value, [0, channels, height * width]);
  const none = filled(graph, shapeOf(graph, [lengths(graph, x!, [0]), channels, high * wide]), 0);
  const spread = graph.node("ScatterElements", [none, cast(graph, flat(mask), 7), flat(x!)], { axis: 2 });
  return [reshaped(graph, spread, [0, channels, high, wide])];
}
