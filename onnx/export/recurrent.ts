import { GraphBuilder, type OnnxDim, type OnnxValue } from "../graph_builder.ts";
import { filled, lengths, reshaped, shapeOf, split } from "../graph_parts.ts";
import type { OnnxTensor } from "../tensor.ts";
import { type ExportedLayer, refuse, type ShapedValue } from "./exported_layer.ts";

/** What the steps of a recurrent layer are computed from. */
export interface RecurrentParts {
  readonly graph: GraphBuilder;
  /** (T, N, …): T steps of N sequences. */
  readonly x: ShapedValue;
  /** (T, N): 0 where a sequence begins, 1 where it goes on; without it, all go on from the states before the first step. */
  readonly cont?: ShapedValue | undefined;
  /** W, (G D, I); U, (G D, D); and b, (G D). */
  readonly inputs: OnnxTensor;
  readonly recurrent: OnnxTensor;
  readonly bias: OnnxTensor;
  /** An input that is the same in all steps, (N, …), and its weights. */
  readonly fixed?: { readonly x: ShapedValue; readonly weights: OnnxTensor } | undefined;
  /** The states before the first step, (1, N, D) each; without them, they are 0. */
  readonly before?: readonly OnnxValue[] | undefined;
}

/** All hidden states (T, N, D), and the states after the last step, (1, N, D) each. */
export interface RecurrentResult {
  readonly hidden: OnnxValue;
  readonly after: readonly OnnxValue[];
}

/**
 * An LSTM, step by step in a Scan: i, f, o = σ(a_i), cont σ(a_f), σ(a_o) and g = tanh(a_g) of a = W x + b + U (cont h), then
 * c = f c + i g and h = o tanh(c).
 */
export function lstmSteps(parts: RecurrentParts): RecurrentResult {
  const { data: { length } } = parts.bias, units = length / 4;
  return steps(parts, units, 2, (body, a, [, c], cont) => {
    const [i, f, o, g] = split(body, a, [units, units, units, units], 1) as [
      OnnxValue,
      OnnxValue,
      OnnxValue,
      OnnxValue,
    ];
    const forgets = body.node("Sigmoid", [f]);
    return lstmStates(body, [i, cont === undefined ? forgets : body.node("Mul", [cont, forgets]), o, g], c!);
  });
}

/** h and c after a step, from the sums of the gates i, o and g, the value of the gate f, and c before it. */
function lstmStates(
  graph: GraphBuilder,
  [i, forgets, o, g]: readonly [OnnxValue, OnnxValue, OnnxValue, OnnxValue],
  before: OnnxValue,
): OnnxValue[] {
  const added = graph.node("Mul", [graph.node("Sigmoid", [i]), graph.node("Tanh", [g])]);
  const cell = graph.node("Add", [graph.node("Mul", [forgets, before]), added]);
  return [graph.node("Mul", [graph.node("Sigmoid", [o]), graph.node("Tanh", [cell])]), cell];
}

/** LSTM of Caffe. With expose_hidden, the states are bottoms and tops. */
export function exportLstm(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const { hidden, after } = lstmSteps(partsOf(graph, layer, 2));
  return [hidden, ...after].slice(0, layer.tops.length);
}

/** RNN of Caffe: h = tanh(W x + b + U (cont h)), and the top is tanh(V h + c). */
export function exportRnn(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const parts = partsOf(graph, layer, 1), units = parts.bias.data.length;
  const { hidden, after } = steps(parts, units, 1, (body, a) => [body.node("Tanh", [a])]);
  const [weights, bias] = layer.blobs.slice(-2);
  const sum = graph.node("MatMul", [hidden, graph.constant(transposed(weights!), "weights")]);
  const top = graph.node("Tanh", [graph.node("Add", [sum, graph.constant(bias!, "bias")])]);
  return [top, ...after].slice(0, layer.tops.length);
}

/** LSTMUnit: one step. Bottoms: c (1, N, D), the gates' sums (1, N, 4 D) and cont (1, N); tops: c and h. */
export function exportLstmUnit(graph: GraphBuilder, layer: ExportedLayer): OnnxValue[] {
  const [c, sums, cont] = layer.bottoms, units = c!.shape[2];
  if (typeof units !== "number") return refuse(layer, "a number of units", `${units}`);
  const [i, f, o, g] = split(graph, sums!, [units, units, units, units], 2) as [
    OnnxValue,
    OnnxValue,
    OnnxValue,
    OnnxValue,
  ];
  const goesOn = graph.node("Unsqueeze", [cont!, graph.ints([2])]);
  const forgets = graph.node("Mul", [goesOn, graph.node("Sigmoid", [f])]);
  const [hidden, cell] = lstmStates(graph, [i, forgets, o, g], c!) as [OnnxValue, OnnxValue];
  return [cell, hidden];
}

function partsOf(
  graph: GraphBuilder,
  { bottoms, blobs, param }: ExportedLayer,
  states: number,
): RecurrentParts {
  const exposes = param.recurrent_param?.expose_hidden ?? false;
  const [x, cont, third] = bottoms, isFixed = bottoms.length > 2 + (exposes ? states : 0);
  const [inputs, bias, ...others] = blobs;
  return {
    graph,
    x: x!,
    cont: cont!,
    inputs: inputs!,
    bias: bias!,
    recurrent: others[isFixed ? 1 : 0]!,
    fixed: isFixed ? { x: third!, weights: others[0]! } : undefined,
    before: exposes ? bottoms.slice(-states) : undefined,
  };
}

/** Makes the states after a step from the sums a, the states before it, and cont, (N, 1). */
type Step = (
  body: GraphBuilder,
  sums: OnnxValue,
  states: readonly OnnxValue[],
  cont: OnnxValue | undefined,
) => OnnxValue[];

function steps(parts: RecurrentParts, units: number, count: number, step: Step): RecurrentResult {
  const { graph, x, cont, inputs, recurrent, bias, fixed } = parts;
  const [time = "T", streams = "N"] = x.shape, size = inputs.shape[1]!;
  const rows = x.shape.length === 3 ? x : reshaped(graph, x, [0, 0, size]);
  const product = graph.node("MatMul", [rows, graph.constant(transposed(inputs), "input_weights")]);
  let sums = graph.node("Add", [product, graph.constant(flat(bias), "bias")]);
  if (fixed !== undefined) {
    const values = reshaped(graph, fixed.x, [0, fixed.weights.shape[1]!]);
    const weights = graph.constant(transposed(fixed.weights), "static_weights");
    sums = graph.node("Add", [sums, graph.node("MatMul", [values, weights])]); // for each step alike
  }
  const squeezed = parts.before?.map((state) => graph.node("Squeeze", [state, graph.ints([0])]));
  const first = squeezed ??
    Array.from({ length: count }, () => filled(graph, shapeOf(graph, [lengths(graph, x, [1]), units]), 0));
  const scanned = [
    sums,
    ...cont === undefined ? [] : [graph.node("Reshape", [
      cont,
      shapeOf(graph, [lengths(graph, x, [0, 1]), 1]),
    ])],
  ];
  const weights = graph.constant(transposed(recurrent), "recurrent_weights");

  const body = new GraphBuilder("step", graph);
  const name = (of: string) => graph.free(of), width = inputs.shape[0]!;
  const state: readonly OnnxDim[] = [streams, units];
  const states = first.map((_, i) => body.input(name(`state_${i}`), state));
  const sum = body.input(name("sums"), [streams, width]);
  const goesOn = cont && body.input(name("cont"), [streams, 1]);
  const hidden = goesOn === undefined ? states[0]! : body.node("Mul", [goesOn, states[0]!]);
  const a = body.node("Add", [sum, body.node("MatMul", [hidden, weights])]);
  const after = step(body, a, states, goesOn);
  for (const value of after) body.output(value, name("next"), state);
  body.output(after[0]!, name("hidden"), state);

  const results = graph.nodes(
    "Scan",
    [...first, ...scanned],
    { body: body.graph(), num_scan_inputs: scanned.length },
    count + 1,
  );
  const last = results.slice(0, count).map((value) => graph.node("Unsqueeze", [value, graph.ints([0])]));
  return { hidden: graph.shaped(results[count]!, [time, streams, units]), after: last };
}

function flat({ data, type }: OnnxTensor): OnnxTensor {
  return { data, type, shape: [data.length] };
}

/** A matrix with its axes exchanged. */
function transposed({ shape, data, type }: OnnxTensor): OnnxTensor {
  const [rows = 0, columns = 0] = shape, to = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) to[j * rows + i] = Number(data[i * columns + j]);
  }
  return { shape: [columns, rows], data: to, type };
}
