import { CremaError } from "../../base/error.ts";
import type { DimensionProto, ModelProto, TensorProto, ValueInfoProto } from "../messages.ts";
import type { OnnxDim } from "../graph_builder.ts";
import { elementType } from "../read_tensor.ts";
import type { ElementType } from "../tensor.ts";
import { GraphNode } from "./graph_node.ts";

/** The opsets whose operators Crema knows. */
export const OPSETS = { oldest: 6, newest: 17 } as const;

/** A named value with what the file says of its type. */
export interface GraphValue {
  /** Its name. */
  readonly name: string;
  /** Its lengths: numbers, names, or undefined where nothing is said; undefined if even the number of axes is open. */
  readonly shape: readonly (OnnxDim | undefined)[] | undefined;
  /** The type of its elements. */
  readonly type: ElementType;
}

/** A model's graph: complete, without circles, and only what its outputs need. */
export interface Graph {
  /** Its name. */
  readonly name: string;
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** The nodes, each behind those that it needs. */
  readonly nodes: readonly GraphNode[];
  /** The constants in the file, by name. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** What the user feeds. */
  readonly inputs: readonly GraphValue[];
  /** Inputs that no output needs. */
  readonly unused: readonly string[];
  /** What it computes. */
  readonly outputs: readonly GraphValue[];
  /** The shapes that the file gives for values in between, where every length is a number. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads a model's graph. Throws a CremaError for an opset that Crema doesn't know, names that stand for two values or for
 * none, circles, and a graph without outputs.
 */
export function readGraph({ graph = {}, opset_import = [] }: ModelProto): Graph {
  const opset = opset_import.find(({ domain = "" }) => domain === "" || domain === "ai.onnx")?.version;
  if (opset === undefined || opset < OPSETS.oldest || opset > OPSETS.newest) {
    throw new CremaError(
      `Expected ONNX's operators of opset ${OPSETS.oldest} to ${OPSETS.newest} but found ${opset ?? "none"}`,
      {
        hint:
          `Export the model with opset_version=${OPSETS.newest}, or convert it with onnx.version_converter.`,
      },
    );
  }
  if ((graph.sparse_initializer ?? []).length > 0) {
    throw new CremaError("Expected dense initializers but found sparse ones");
  }
  const initializers = new Map<string, TensorProto>();
  for (const tensor of graph.initializer ?? []) {
    define(initializers, tensor.name ?? "", tensor, "initializer");
  }
  const inputs = new Map<string, GraphValue>();
  for (const info of graph.input ?? []) {
    // Files of IR version 3 list their initializers as inputs too.
    if (!initializers.has(info.name ?? "")) define(inputs, info.name ?? "", graphValue(info), "input");
  }
  const outputs = (graph.output ?? []).map(graphValue);
  if (outputs.length === 0) throw new CremaError("Expected a graph with outputs but found none");
  const nodes = (graph.node ?? []).map((node) => new GraphNode(node));
  const known = new Set([...inputs.keys(), ...initializers.keys()]);
  const { order, needed } = needs(nodes, known, outputs.map(({ name }) => name));
  return {
    name: graph.name ?? "",
    opset,
    nodes: order,
    initializers,
    inputs: [...inputs.values()].filter(({ name }) => needed.has(name)),
    unused: [...inputs.keys()].filter((name) => !needed.has(name)),
    outputs,
    shapes: new Map(
      [...graph.value_info ?? [], ...graph.output ?? []].map(graphValue).flatMap(({ name, shape }) =>
        shape?.every((dim) => typeof dim === "number") ? [[name, shape as number[]] as const] : []
      ),
    ),
  };
}

function define<Item>(items: Map<string, Item>, name: string, item: Item, what: string): void {
  if (name === "" || items.has(name)) {
    throw new CremaError(`Expected each ${what} to have a name of its own but found '${name}'`);
  }
  items.set(name, item);
}

function graphValue({ name = "", type: { tensor_type: tensor = {} } = {} }: ValueInfoProto): GraphValue {
  const lengthOf = ({ dim_value: value, dim_param: param }: DimensionProto) =>
    value !== undefined && value > 0 ? value : param || (param === undefined ? value : undefined);
  return {
    name,
    shape: tensor.shape === undefined ? undefined : (tensor.shape.dim ?? []).map(lengthOf),
    type: elementType(tensor.elem_type) ?? "float32",
  };
}

/** The nodes that the outputs need, in an order in which they can run, and all values that are needed. */
function needs(
  nodes: readonly GraphNode[],
  known: ReadonlySet<string>,
  outputs: readonly string[],
): { order: GraphNode[]; needed: Set<string> } {
  const makers = new Map<string, GraphNode>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (known.has(name) || makers.has(name)) {
        throw new CremaError(`Expected a name for each value but found '${name}' for two`, {
          layer: node.name,
        });
      }
      makers.set(name, node);
    }
  }
  const order: GraphNode[] = [], needed = new Set<string>(), state = new Map<GraphNode, "open" | "done">();
  // Depth first, without recursion: a chain may have any length.
  const stack: { name: string; node?: GraphNode; by: string }[] = [...outputs].reverse()
    .map((name) => ({ name, by: "the graph's outputs" }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.node !== undefined) {
      state.set(top.node, "done");
      order.push(top.node);
      continue;
    }
    const { name, by } = top;
    needed.add(name);
    if (known.has(name)) continue;
    const node = makers.get(name);
    if (node === undefined) {
      throw new CremaError(`Expected a node that makes '${name}', which ${by} needs, but found none`);
    }
    if (state.get(node) === "done") continue;
    if (state.get(node) === "open") {
      throw new CremaError("Expected nodes without a circle but found that one needs its own output", {
        layer: node.name,
      });
    }
    state.set(node, "open");
    stack.push({ name, node, by });
    for (const input of [...node.inputs].reverse()) {
      if (input !== "") stack.push({ name: input, by: `node '${node.name}'` });
    }
  }
  // As in the file, where that is an order that works: layers then stand as their author wrote them.
  const places = new Map(nodes.map((node, i) => [node, i]));
  const inFile = order.toSorted((a, b) => places.get(a)! - places.get(b)!);
  return { order: isOrdered(inFile, known) ? inFile : order, needed };
}

function isOrdered(nodes: readonly GraphNode[], known: ReadonlySet<string>): boolean {
  const made = new Set(known).add("");
  return nodes.every(({ inputs, outputs }) => {
    const isReady = inputs.every((name) => made.has(name));
    for (const name of outputs) made.add(name);
    return isReady;
  });
}
