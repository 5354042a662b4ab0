import { NodeError } from "../../graph/node_error.ts";
import { shapeText } from "../../graph/shape_rules.ts";
import { valuesOf } from "../../graph/tensor_values.ts";
import type { ImportedNode } from "../imported_node.ts";
import type { LayerBlob } from "../net_layers.ts";
import type { NodeImporter } from "../node_importer.ts";
import type { BlobValue } from "../values.ts";
import { sliceAxis } from "./parts.ts";

/** Recurrent layers. */
export const RECURRENTS: Readonly<Record<string, NodeImporter>> = {
  LSTM: {
    becomes: "`LSTM`, between `Reverse` backwards; its `cont` is made of the bottom",
    except: "peepholes, clip, input_forget, other activations; sequences of several lengths",
    import: (node) => importRecurrent(node, LSTM),
  },
  RNN: {
    becomes: "an `InnerProduct` for all steps, and one with `TanH` or `ReLU` for each",
    except: "clip, other activations; sequences of several lengths, or of more than 512 steps",
    import: (node) => importRecurrent(node, RNN),
  },
};

/** The most steps of which each becomes layers. */
const MOST_STEPS = 512;

/** The weights of one direction. */
interface Weights {
  readonly input: LayerBlob;
  readonly bias: Float32Array;
  readonly recurrent: LayerBlob;
}

/** What one direction gives: all steps (T, N, H), and the states after the last, (1, N, H) each. */
interface Steps {
  readonly all: BlobValue;
  readonly last: readonly (BlobValue | undefined)[];
}

/** What differs between the types. */
interface Cell {
  /** Numbers for each unit. */
  readonly gates: number;
  /** For each gate of Caffe's, which of ONNX's it is. */
  readonly order: readonly number[];
  /** The activations that it can have. */
  readonly activations: readonly (readonly string[])[];
  /** How many states it has; their first values are inputs 5 and 6. */
  readonly states: number;
  readonly run: (
    node: ImportedNode,
    x: BlobValue,
    weights: Weights,
    states: readonly (BlobValue | undefined)[],
    part: string,
    activation: string,
  ) => Steps;
}

const LSTM: Cell = {
  gates: 4,
  order: [0, 2, 1, 3], // ONNX: input, output, forget, cell; Caffe: input, forget, output, cell
  activations: [["Sigmoid", "Tanh", "Tanh"]],
  states: 2,
  run: runLstm,
};

const RNN: Cell = { gates: 1, order: [0], activations: [["Tanh"], ["Relu"]], states: 1, run: runRnn };

function importRecurrent(node: ImportedNode, cell: Cell): (BlobValue | undefined)[] {
  const { node: graphNode } = node, given = node.floats(0);
  if (given.shape.length !== 3) {
    throw new NodeError(`Expected (steps, batch, values) but found ${shapeText(given.shape)}`);
  }
  const direction = graphNode.string("direction", "forward"), isBatchFirst = graphNode.int("layout", 0) !== 0;
  const ways = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction];
  if (ways === undefined) throw new NodeError(`Expected a known direction but found '${direction}'`);
  for (const name of ["clip", "input_forget"]) {
    if (graphNode.has(name) && graphNode.op !== "" && nonZero(node, name)) {
      throw new NodeError(`Expected no ${name} but found one`, graphNode.op);
    }
  }
  const activations = activationsOf(node, cell, ways.length);
  const x = isBatchFirst ? node.permute(given, [1, 0, 2], "steps") : given;
  const [steps = 0, batch = 0] = x.shape;
  if (steps < 1) throw new NodeError(`Expected steps but found ${shapeText(x.shape)}`);
  if (node.has(4) && (node.numbers(4, "lengths of sequences") ?? []).some((length) => length !== steps)) {
    throw new NodeError(`Expected sequences of ${steps} steps but found shorter ones`, graphNode.op);
  }
  const hidden = node.weights(2, "weights").shape.at(-1) ?? 0;
  const states = Array.from(
    { length: cell.states },
    (_, i) => statesOf(node, 5 + i, ways.length, batch, hidden, isBatchFirst),
  );
  const results = ways.map((isReverse, way): Steps => {
    const part = isReverse ? "backward" : ways.length > 1 ? "forward" : "";
    const turn = (of: BlobValue) =>
      isReverse
        ? node.layer("Reverse", [of], { reverse_param: { axis: [0] } }, of.shape, { part: "reverse" })
        : of;
    const weights = weightsOf(node, cell, way, ways.length, hidden, x.shape[2]!);
    const { all, last } = cell.run(
      node,
      turn(x),
      weights,
      states.map((state) => state?.[way]),
      part,
      activations[way]!,
    );
    return { all: turn(all), last };
  });
  return outputsOf(node, results, isBatchFirst);
}

/** Y and the last states, with an axis for the directions. */
function outputsOf(
  node: ImportedNode,
  results: readonly Steps[],
  isBatchFirst: boolean,
): (BlobValue | undefined)[] {
  const [{ all: { shape: [steps, batch, hidden] } }] = results as [Steps];
  const joined = (parts: readonly BlobValue[], axis: number, part: string) => {
    if (parts.length === 1) return parts[0]!;
    const shape = parts[0]!.shape.map((dim, i) => i === axis ? parts.length * dim : dim);
    return node.layer("Concat", parts, axis === 1 ? {} : { concat_param: { axis } }, shape, { part });
  };
  const read = node.node.outputs.map((name) => name !== "" && node.isRead(name));
  const outputs: (BlobValue | undefined)[] = [];
  if (read[0]) {
    const ways = results.map(({ all }) => node.reshape(all, [steps!, 1, batch!, hidden!], "way"));
    const y = joined(ways, 1, "ways");
    outputs[0] = isBatchFirst ? node.permute(y, [2, 0, 1, 3], "batch") : y;
  }
  for (const index of [1, 2]) {
    if (!read[index]) continue;
    const states = results.map(({ last }) => last[index - 1]!);
    const state = joined(states, 0, `state${index}`);
    outputs[index] = isBatchFirst ? node.permute(state, [1, 0, 2], `state${index}_batch`) : state;
  }
  return outputs;
}

function nonZero(node: ImportedNode, name: string): boolean {
  return name === "clip" ? node.node.float(name, 0) !== 0 : node.node.int(name, 0) !== 0;
}

/** The first activation of each direction. */
function activationsOf(node: ImportedNode, { activations: known }: Cell, ways: number): string[] {
  const given = node.node.strings("activations") ?? Array.from({ length: ways }, () => known[0]!).flat();
  const [{ length }] = known as [readonly string[]];
  return Array.from({ length: ways }, (_, way) => {
    const own = given.slice(way * length, (way + 1) * length);
    if (known.some((each) => each.join() === own.join())) return own[0]!;
    throw new NodeError(
      `Expected the activations ${known[0]!.join(", ")} but found ${own.join(", ")}`,
      node.node.op,
    );
  });
}

/** The states before the first step, of each direction; undefined where they are 0. */
function statesOf(
  node: ImportedNode,
  index: number,
  ways: number,
  batch: number,
  hidden: number,
  isBatchFirst: boolean,
): BlobValue[] | undefined {
  if (!node.has(index)) return undefined;
  const value = node.value(index);
  if (value.kind === "constant" && [...valuesOf(value.tensor)].every((each) => each === 0)) return undefined;
  const given = node.floats(index), state = isBatchFirst ? node.permute(given, [1, 0, 2], "state") : given;
  if (state.shape.join() !== [ways, batch, hidden].join()) {
    throw new NodeError(
      `Expected states of ${shapeText([ways, batch, hidden])} but found ${shapeText(state.shape)}`,
    );
  }
  return Array.from({ length: ways }, (_, way) => sliceAxis(node, state, 0, way, 1, "state"));
}

function weightsOf(
  node: ImportedNode,
  { gates, order }: Cell,
  way: number,
  ways: number,
  hidden: number,
  inputs: number,
): Weights {
  const [input, recurrent] = [node.weights(1, "weights"), node.weights(2, "weights")];
  const rows = gates * hidden;
  const bias = node.has(3) ? node.weights(3, "biases") : undefined;
  const fits = [
    [input.shape, [ways, rows, inputs]],
    [recurrent.shape, [ways, rows, hidden]],
    ...bias === undefined ? [] : [[bias.shape, [ways, 2 * rows]]],
  ].every(([found, expected]) => found!.join() === expected!.join());
  if (!fits || hidden < 1 || inputs < 1) {
    throw new NodeError(
      `Expected weights of (${ways}, ${rows}, ${inputs}) but found ${shapeText(input.shape)} and ${
        shapeText(recurrent.shape)
      }`,
    );
  }
  const ordered = (values: Float32Array, width: number): Float32Array => {
    const size = hidden * width, result = new Float32Array(values.length);
    for (const [gate, from] of order.entries()) {
      result.set(values.subarray(from * size, (from + 1) * size), gate * size);
    }
    return result;
  };
  const part = ({ data }: { data: Float32Array }, size: number) =>
    data.subarray(way * size, (way + 1) * size);
  const both = bias === undefined ? new Float32Array(2 * rows) : part(bias, 2 * rows);
  return {
    input: { shape: [rows, inputs], data: ordered(part(input, rows * inputs), inputs) },
    recurrent: { shape: [rows, hidden], data: ordered(part(recurrent, rows * hidden), hidden) },
    bias: ordered(Float32Array.from({ length: rows }, (_, i) => both[i]! + both[rows + i]!), 1),
  };
}

function runLstm(
  node: ImportedNode,
  x: BlobValue,
  { input, recurrent, bias }: Weights,
  given: readonly (BlobValue | undefined)[],
  part: string,
): Steps {
  const [steps = 0, batch = 0] = x.shape, [, hidden = 0] = recurrent.shape;
  const state = [1, batch, hidden], named = (name: string) => part === "" ? name : `${part}_${name}`;
  if (node.has(7) && node.numbers(7, "peepholes")!.some((value) => value !== 0)) {
    throw new NodeError("Expected no peepholes but found some", "LSTM");
  }
  const begins = given.some((each) => each !== undefined), last = node.node.outputs[2] ?? "";
  const exposes = begins || (last !== "" && node.isRead(last));
  const row = node.layer("Reduction", [x], { reduction_param: { axis: 2 } }, [steps, batch], {
    part: named("rows"),
  });
  const constant = (of: BlobValue, value: number, name: string) =>
    node.layer("Power", [of], { power_param: { scale: 0, shift: value } }, of.shape, { part: named(name) });
  const ones = constant(row, 1, "goes_on");
  const none = () => {
    const first = node.reshape(
      sliceAxis(node, row, 0, 0, 1, named("first")),
      [1, batch, 1],
      named("column"),
      [1, -1, 1],
    );
    const tile_param = { axis: 2, tiles: hidden };
    return constant(node.layer("Tile", [first], { tile_param }, state, { part: named("units") }), 0, "zero");
  };
  const states = exposes ? given.map((each) => each ?? none()) : [];
  // 1 where a sequence goes on: not at the first step, unless states from before are given.
  const cont = exposes ? ones : constant(sliceAxis(node, row, 0, 0, 1, named("begin")), 0, "begins");
  const whole = exposes || steps === 1 ? cont : node.layer(
    "Concat",
    [cont, sliceAxis(node, ones, 0, 1, steps - 1, named("rest"))],
    { concat_param: { axis: 0 } },
    [steps, batch],
    { part: named("cont") },
  );
  const [all, h, c] = node.layers(
    "LSTM",
    [x, whole, ...states],
    {
      recurrent_param: {
        num_output: hidden,
        weight_filler: { type: "uniform", min: -0.08, max: 0.08 },
        ...exposes ? { expose_hidden: true } : {},
      },
    },
    [[steps, batch, hidden], ...exposes ? [state, state] : []],
    { part, blobs: [input, { shape: [bias.length], data: bias }, recurrent] },
  );
  const hiddenLast = node.node.outputs[1] ?? "";
  const read = hiddenLast !== "" && node.isRead(hiddenLast);
  return {
    all: all!,
    last: [h ?? (read ? sliceAxis(node, all!, 0, steps - 1, 1, named("last")) : undefined), c],
  };
}

/** Caffe's RNN has an output of its own behind the state, so each step is made of layers. */
function runRnn(
  node: ImportedNode,
  x: BlobValue,
  { input, recurrent, bias }: Weights,
  [given]: readonly (BlobValue | undefined)[],
  part: string,
  activation: string,
): Steps {
  const [steps = 0, batch = 0] = x.shape, [hidden = 0] = recurrent.shape;
  if (steps > MOST_STEPS) {
    throw new NodeError(`Expected at most ${MOST_STEPS} steps but found ${steps}`, "RNN");
  }
  const named = (name: string) => part === "" ? name : `${part}_${name}`;
  const product = (of: BlobValue, weights: LayerBlob, biased: boolean, name: string) =>
    node.layer(
      "InnerProduct",
      [of],
      {
        inner_product_param: {
          num_output: hidden,
          axis: 2,
          ...biased ? {} : { bias_term: false },
          weight_filler: { type: "xavier" },
        },
        ...biased ? {} : { param: [{ name: `${node.node.name}_${named("recurrent")}` }] },
      },
      [...of.shape.slice(0, 2), hidden],
      { part: named(name), blobs: [weights, ...biased ? [{ shape: [hidden], data: bias }] : []] },
    );
  const all = product(x, input, true, "input");
  const parts = steps === 1 ? [all] : node.layers(
    "Slice",
    [all],
    { slice_param: { axis: 0 } },
    Array.from({ length: steps }, () => [1, batch, hidden]),
    { part: named("steps") },
  );
  let state = given;
  const states = parts.map((from, t) => {
    const sum = state === undefined ? from : node.layer(
      "Eltwise",
      [from, product(state, recurrent, false, `step${t}_recurrent`)],
      {},
      from.shape,
      { part: named(`step${t}_sum`) },
    );
    return state = node.layer(activation === "Relu" ? "ReLU" : "TanH", [sum], {}, sum.shape, {
      part: named(`step${t}`),
    });
  });
  const joined = steps === 1 ? states[0]! : node.layer(
    "Concat",
    states,
    { concat_param: { axis: 0 } },
    [steps, batch, hidden],
    { part: named("all") },
  );
  return { all: joined, last: [states.at(-1)] };
}
