import type { GraphBuilder, OnnxDim, OnnxValue } from "../graph_builder.ts";
import { floatTensor } from "../tensor.ts";
import { axisOf, type ExportedLayer, refuse, type ShapedValue } from "./exported_layer.ts";
import { reshapeTo } from "./reshape_to.ts";

/** AbsVal. */
export function exportAbsVal(graph: GraphBuilder, { bottoms: [x] }: ExportedLayer): OnnxValue[] {
  return [graph.node("Abs", [x])];
}

/** Power: (shift + scale x) ^ power. */
export function exportPower(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { power = 1, scale = 1, shift = 0 } = param.power_param ?? {};
  if (power * scale === 0) {
    const value = floatTensor([power === 0 ? 1 : shift ** power], [1]);
    return [graph.node("ConstantOfShape", [graph.node("Shape", [x])], { value })];
  }
  const linear = scaled(graph, x!, scale, shift);
  return [power === 1 ? linear : graph.node("Pow", [linear, graph.float(power)])];
}

/** Exp: base ^ (shift + scale x); a base of -1 is e. */
export function exportExp(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { base = -1, scale = 1, shift = 0 } = param.exp_param ?? {};
  const log = base === -1 ? 1 : Math.log(base);
  const power = graph.node("Exp", [scaled(graph, x!, log * scale, 0)]);
  return [scaled(graph, power, shift === 0 ? 1 : Math.exp(log * shift), 0)];
}

/** Log: log(shift + scale x), to a base; -1 is e. */
export function exportLog(graph: GraphBuilder, { bottoms: [x], param }: ExportedLayer): OnnxValue[] {
  const { base = -1, scale = 1, shift = 0 } = param.log_param ?? {};
  const log = graph.node("Log", [scaled(graph, x!, scale, shift)]);
  return [scaled(graph, log, base === -1 ? 1 : 1 / Math.log(base), 0)];
}

/** Eltwise: the sum of coeff x, the product, or the maximum of the bottoms. */
export function exportEltwise(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { operation = "SUM", coeff = [] } = layer.param.eltwise_param ?? {};
  const [first, ...others] = layer.bottoms;
  switch (operation) {
    case "SUM": {
      const terms = layer.bottoms.map((bottom, i) => scaled(graph, bottom, coeff[i] ?? 1, 0));
      return [graph.node(terms.length === 2 ? "Add" : "Sum", terms)];
    }
    case "PROD":
      return [others.reduce<OnnxValue>((product, each) => graph.node("Mul", [product, each]), first!)];
    case "MAX":
      return [graph.node("Max", layer.bottoms)];
    default:
      return refuse(layer, "an operation of SUM, PROD or MAX", operation);
  }
}

/** Scale: s x + b, where s is a parameter, or the second bottom, that covers the axes from `axis` on. */
export function exportScale(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 1, bias_term: hasBias = false } = layer.param.scale_param ?? {};
  const [x, factor] = layer.bottoms, at = placeOf(layer, axis, factor?.shape.length);
  const scale = factor === undefined
    ? constantAlong(graph, layer, layer.blobs[0]!, at, "scale")
    : alongAxes(graph, layer, factor, at);
  const y = graph.node("Mul", [x, scale]);
  return [hasBias ? graph.node("Add", [y, constantAlong(graph, layer, layer.blobs.at(-1)!, at, "bias")]) : y];
}

/** Bias: x + b, where b is a parameter, or the second bottom, that covers the axes from `axis` on. */
export function exportBias(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { axis = 1 } = layer.param.bias_param ?? {};
  const [x, term] = layer.bottoms, at = placeOf(layer, axis, term?.shape.length);
  const bias = term === undefined
    ? constantAlong(graph, layer, layer.blobs[0]!, at, "bias")
    : alongAxes(graph, layer, term, at);
  return [graph.node("Add", [x, bias])];
}

/** scale x + shift, without what changes nothing. */
export function scaled(graph: GraphBuilder, x: OnnxValue, scale: number, shift: number): OnnxValue {
  const y = scale === 1 ? x : graph.node("Mul", [x, graph.float(scale)]);
  return shift === 0 ? y : graph.node("Add", [y, graph.float(shift)]);
}

/** Truth values and whole numbers as the floats that Caffe has for them. */
export function toFloat(graph: GraphBuilder, value: OnnxValue): OnnxValue {
  return graph.node("Cast", [value], { to: 1 });
}

/** The first axis that a factor covers; a scalar covers none, wherever it is. */
function placeOf(layer: ExportedLayer, axis: number, axes = layer.blobs[0]!.shape.length): number {
  return axes === 0 ? layer.bottoms[0]!.shape.length : axisOf(layer, axis);
}

function constantAlong(
  graph: GraphBuilder,
  layer: ExportedLayer,
  tensor: ExportedLayer["blobs"][number],
  at: number,
  name: string,
): OnnxValue {
  return graph.constant({ ...tensor, shape: broadcastShape(layer, tensor.shape, at) as number[] }, name);
}

function alongAxes(graph: GraphBuilder, layer: ExportedLayer, value: ShapedValue, at: number): OnnxValue {
  return reshapeTo(graph, value, broadcastShape(layer, value.shape, at), value.shape);
}

/** The shape with which ONNX broadcasts along the first bottom's axes from `at` on: axes count from the end. */
function broadcastShape(
  { bottoms: [x] }: ExportedLayer,
  shape: readonly OnnxDim[],
  at: number,
): readonly OnnxDim[] {
  return [...shape, ...x!.shape.slice(at + shape.length).map(() => 1)];
}
