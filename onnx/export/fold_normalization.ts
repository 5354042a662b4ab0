import type { BuiltNode, BuiltValue, GraphBuilder } from "../graph_builder.ts";
import { floatTensor, type OnnxTensor } from "../tensor.ts";

/**
 * Folds what multiplies and shifts whole channels (BatchNorm, Scale, Bias) into the weights of the convolution, transposed
 * convolution or inner product before it, where nothing else reads that one's output; what follows a BatchNormalization
 * becomes part of that. Weights are computed in 64 bits and rounded once.
 */
export function foldNormalization(graph: GraphBuilder): void {
  const readers = graph.readers(), gone = new Set<BuiltNode>();
  for (const node of graph.built) {
    if (gone.has(node) || !(node.op in FOLDS)) continue;
    const fold = FOLDS[node.op as keyof typeof FOLDS](graph, node);
    if (fold === undefined) continue;
    const map = identityMap(fold.channels), chain: BuiltNode[] = [];
    for (let last = node;;) {
      const [output] = last.outputs, [next, ...others] = readers.get(output!) ?? [];
      if (next === undefined || others.length > 0 || graph.isOutput(output!)) break;
      const step = stepOf(graph, next, output!, fold);
      if (step === undefined) break;
      for (let c = 0; c < fold.channels; c++) {
        map.factor[c]! *= step.factor(c);
        map.term[c] = map.term[c]! * step.factor(c) + step.term(c);
      }
      chain.push(next);
      last = next;
    }
    if (chain.length === 0) continue;
    fold.apply(map);
    node.outputs = chain.at(-1)!.outputs;
    for (const each of chain) gone.add(each);
  }
  graph.remove(gone);
}

/** y = factor x + term for each channel. */
interface ChannelMap {
  readonly factor: Float64Array;
  readonly term: Float64Array;
}

/** A node that can take up what follows it. */
interface Fold {
  readonly channels: number;
  /** The number of axes of its output; axis 1 is that of the channels. */
  readonly axes: number;
  /** Changes its constants. */
  readonly apply: (map: ChannelMap) => void;
}

/** A node that multiplies channels by constants, and adds others. */
interface Step {
  readonly factor: (channel: number) => number;
  readonly term: (channel: number) => number;
}

const FOLDS = {
  Conv: (graph: GraphBuilder, node: BuiltNode) => {
    const weights = graph.tensorOf(node.inputs[1]);
    return weights && weightsFold(graph, node, weights, weights.shape[0]!, (i, row) => Math.floor(i / row));
  },
  // Of a transposed convolution the output channels are those of each group, one group after the other.
  ConvTranspose: (graph: GraphBuilder, node: BuiltNode) => {
    const weights = graph.tensorOf(node.inputs[1]);
    if (weights === undefined) return undefined;
    const [inputs, each] = weights.shape as [number, number], groups = Number(node.attributes.group ?? 1);
    const taps = weights.data.length / (inputs * each);
    return weightsFold(graph, node, weights, each * groups, (i) => {
      const input = Math.floor(i / (taps * each)), group = Math.floor(input / (inputs / groups));
      return group * each + Math.floor(i / taps) % each;
    });
  },
  Gemm: (graph: GraphBuilder, node: BuiltNode) => {
    const weights = graph.tensorOf(node.inputs[1]);
    if (weights === undefined) return undefined;
    const { alpha = 1, beta = 1, transA = 0, transB = 0 } = node.attributes;
    if (alpha !== 1 || beta !== 1 || transA !== 0) return undefined;
    const [rows, columns] = weights.shape as [number, number];
    return transB === 1
      ? weightsFold(graph, node, weights, rows, (i) => Math.floor(i / columns))
      : weightsFold(graph, node, weights, columns, (i) => i % columns);
  },
  BatchNormalization: (graph: GraphBuilder, node: BuiltNode): Fold | undefined => {
    const [scale, bias] = [1, 2].map((i) => graph.tensorOf(node.inputs[i]));
    const axes = node.outputs[0]!.shape?.length;
    if (scale === undefined || bias === undefined || axes === undefined) return undefined;
    const channels = scale.data.length;
    return {
      channels,
      axes,
      apply: ({ factor, term }) => {
        const changed = [
          Array.from(factor, (value, c) => value * Number(scale.data[c])),
          Array.from(factor, (value, c) => value * Number(bias.data[c]) + term[c]!),
        ];
        for (const [i, values] of changed.entries()) {
          replace(graph, node, i + 1, floatTensor(values, [channels]));
        }
      },
    };
  },
} as const;

function weightsFold(
  graph: GraphBuilder,
  node: BuiltNode,
  weights: OnnxTensor,
  channels: number,
  channelOf: (index: number, row: number) => number,
): Fold | undefined {
  const given = graph.tensorOf(node.inputs[2]);
  if (node.inputs[2] !== undefined && given?.data.length !== channels) return undefined;
  return {
    channels,
    axes: weights.shape.length,
    apply: ({ factor, term }) => {
      const values = new Float32Array(weights.data.length), row = values.length / channels;
      for (let i = 0; i < values.length; i++) {
        values[i] = Number(weights.data[i]) * factor[channelOf(i, row)]!;
      }
      replace(graph, node, 1, { ...weights, data: values });
      const bias = Array.from(factor, (value, c) => value * Number(given?.data[c] ?? 0) + term[c]!);
      replace(graph, node, 2, floatTensor(bias, [channels]));
    },
  };
}

/** Gives a node other values for one of its constants, or one that it lacks. */
function replace(graph: GraphBuilder, node: BuiltNode, input: number, tensor: OnnxTensor): void {
  const before = node.inputs[input];
  const after = before === undefined
    ? graph.within(
      node.inputs[1]!.name.split("/").slice(0, -1).join("/"),
      () => graph.constant(tensor, "bias"),
    )
    : graph.changeConstant(before, tensor, node);
  const inputs = Array.from({ length: Math.max(node.inputs.length, input + 1) }, (_, i) => node.inputs[i]);
  inputs[input] = after as BuiltValue;
  node.inputs = inputs;
}

function stepOf(graph: GraphBuilder, node: BuiltNode, x: BuiltValue, fold: Fold): Step | undefined {
  const constants = node.inputs.map((input) => graph.tensorOf(input));
  if (node.op === "BatchNormalization") {
    const [, scale, bias, mean, variance] = constants;
    if (!scale || !bias || !mean || !variance || node.inputs[0] !== x) return undefined;
    if (scale.data.length !== fold.channels) return undefined;
    const epsilon = Number(node.attributes.epsilon ?? 1e-5);
    const factor = (c: number) => Number(scale.data[c]) / Math.sqrt(Number(variance.data[c]) + epsilon);
    return { factor, term: (c) => Number(bias.data[c]) - Number(mean.data[c]) * factor(c) };
  }
  if (node.op !== "Mul" && node.op !== "Add") return undefined;
  const tensor = constants[node.inputs[0] === x ? 1 : 0];
  const values = tensor && channelValues(tensor, fold);
  if (values === undefined) return undefined;
  return node.op === "Mul" ? { factor: values, term: () => 0 } : { factor: () => 1, term: values };
}

/** What a constant has for each channel; undefined if it differs along another axis, or adds axes. */
function channelValues({ shape, data }: OnnxTensor, { channels, axes }: Fold): Step["factor"] | undefined {
  if (shape.length > axes) return undefined;
  if (data.length === 1) return () => Number(data[0]);
  const isAlong = shape.every((length, i) => length === (i === shape.length - axes + 1 ? channels : 1));
  return isAlong && data.length === channels ? (c) => Number(data[c]) : undefined;
}

function identityMap(channels: number): ChannelMap {
  return { factor: new Float64Array(channels).fill(1), term: new Float64Array(channels) };
}
