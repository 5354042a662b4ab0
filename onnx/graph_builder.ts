import { nearest } from "../base/distance.ts";
import { CremaError } from "../base/error.ts";
import {
  type AttributeProto,
  AttributeType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type TypeProto,
} from "./messages.ts";
import { type AttributeKind, type OperatorName, OPERATORS } from "./operators.ts";
import {
  ELEMENT_TYPES,
  type ElementType,
  floatTensor,
  intTensor,
  type OnnxTensor,
  tensorProto,
} from "./tensor.ts";

/** A length along an axis: a number, or the name of what is only known when the graph runs, such as "N", the batch. */
export type OnnxDim = number | string;

/** A value in a graph that is being built: the output of a node, an input, or a constant. */
export interface OnnxValue {
  /** Its name in the file. It may change until the graph is done. */
  readonly name: string;
  /** Its shape, where it is known: of the graph's inputs, of constants and of a layer's bottoms. */
  readonly shape?: readonly OnnxDim[] | undefined;
}

/** A graph inside a node: the body of a Loop or Scan. */
export type OnnxSubgraph = GraphProto;

interface AttributeTypes {
  float: number;
  floats: readonly number[];
  int: number;
  ints: readonly number[];
  string: string;
  strings: readonly string[];
  tensor: OnnxTensor;
  graph: OnnxSubgraph;
}

/** The attributes of an operator. */
export type OnnxAttributes<Op extends OperatorName> = {
  readonly [Name in keyof typeof OPERATORS[Op]]?: typeof OPERATORS[Op][Name] extends AttributeKind
    ? AttributeTypes[typeof OPERATORS[Op][Name]]
    : never;
};

/**
 * Builds an ONNX graph, node by node: of a net's layers, and by the `static onnx` of layers in TypeScript. Operators are
 * those of opset 13, with the names, inputs and attributes of ONNX's documentation. Values are rows of memory in
 * Caffe's order, (N, C, H, W).
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "./graph_builder.ts";
 *
 * const graph = new GraphBuilder("swish");
 * const x = graph.input("x", ["N", 3]);
 * const y = graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
 * graph.output(y, "y", ["N", 3]);
 * assert.deepEqual(graph.graph().node?.map(({ op_type }) => op_type), ["Sigmoid", "Mul"]);
 * ```
 */
export class GraphBuilder {
  /** The opset of the operators, unless one {@link needs} a later one. */
  static readonly OPSET = 13;

  readonly #name: string;
  readonly #parent: GraphBuilder | undefined;
  readonly #nodes: BuiltNode[] = [];
  readonly #constants = new Map<BuiltValue, OnnxTensor>();
  readonly #known = new Map<string, BuiltValue>();
  readonly #inputs: Typed[] = [];
  readonly #outputs: Typed[] = [];
  readonly #infos: Typed[] = [];
  readonly #taken: Set<string>;
  readonly #reserved: Set<string>;
  #scope = "";
  #opset = GraphBuilder.OPSET;

  /** Begins a graph; `parent` is the graph whose node it will be the body of: its values may be used too. */
  constructor(name: string, parent?: GraphBuilder) {
    this.#name = name;
    this.#parent = parent;
    this.#taken = parent === undefined ? new Set() : parent.#taken;
    this.#reserved = parent === undefined ? new Set() : parent.#reserved;
    this.#scope = parent === undefined ? "" : parent.#scope;
  }

  /** The opset that the model must name. */
  get opset(): number {
    return this.#opset;
  }

  /** Says that an operator, or an attribute, is of a later opset than 13. */
  needs(opset: number): void {
    this.#opset = Math.max(this.#opset, opset);
    this.#parent?.needs(opset);
  }

  /** Runs `build`; nodes and constants that it makes have names that begin with `scope`. */
  within<T>(scope: string, build: () => T): T {
    const before = this.#scope;
    this.#scope = scope;
    try {
      return build();
    } finally {
      this.#scope = before;
    }
  }

  /** Keeps names for those who ask for them: no node or constant gets one of them by itself. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#reserved.add(name);
  }

  /** An input of the graph. Throws a CremaError if its name is taken. */
  input(name: string, shape: readonly OnnxDim[], type: ElementType = "float32"): OnnxValue {
    if (this.#taken.has(name)) {
      throw new CremaError(`Expected a new name for an input but found '${name}' again`);
    }
    this.#taken.add(name);
    const value: BuiltValue = { name, shape };
    this.#inputs.push({ value, type, shape });
    return value;
  }

  /** A constant. Small ones that are equal and have no name become one; a parameter, which has one, stays itself. */
  constant(tensor: OnnxTensor, name?: string): OnnxValue {
    const key = tensor.data.length > 16 || name !== undefined
      ? undefined
      : `${tensor.type} ${tensor.shape} ${tensor.data.join(" ")}`;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const value: BuiltValue = { name: this.#free(name ?? "constant"), shape: tensor.shape };
    this.#constants.set(value, tensor);
    if (key !== undefined) this.#known.set(key, value);
    return value;
  }

  /** A constant of floats; without a shape it has one axis. */
  floats(values: Float32Array | readonly number[], shape: readonly number[] = [values.length]): OnnxValue {
    return this.constant(floatTensor(values, shape));
  }

  /** A float without axes. */
  float(value: number): OnnxValue {
    return this.floats([value], []);
  }

  /** A constant of integers of 64 bits along one axis: a shape, axes, or indices. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): OnnxValue {
    return this.constant(intTensor(values, shape));
  }

  /** The tensor of a value that {@link constant} made; undefined for others. */
  tensorOf(value: OnnxValue | undefined): OnnxTensor | undefined {
    if (value === undefined) return undefined;
    return this.#constants.get(value as BuiltValue) ?? this.#parent?.tensorOf(value);
  }

  /**
   * Gives a constant other values. It stays what it was for nodes that share it: returns the constant to use in its place,
   * which is the same one where `node` alone reads it.
   */
  changeConstant(value: OnnxValue, tensor: OnnxTensor, node: BuiltNode): OnnxValue {
    const own = value as BuiltValue;
    const isShared = this.isOutput(own) ||
      this.#nodes.some((each) => each !== node && each.inputs.includes(own));
    if (isShared || this.#namesInBodies().has(own.name)) {
      return this.constant(tensor, own.name.split("/").at(-1));
    }
    for (const [key, known] of this.#known) if (known === own) this.#known.delete(key);
    own.shape = tensor.shape;
    this.#constants.set(own, tensor);
    return own;
  }

  /** Applies an operator that has one output. Undefined stands for an input that is left out. */
  node<Op extends OperatorName>(
    op: Op,
    inputs: readonly (OnnxValue | undefined)[],
    attributes: OnnxAttributes<Op> = {},
  ): OnnxValue {
    return this.nodes(op, inputs, attributes, 1)[0]!;
  }

  /** Applies an operator that has several outputs. */
  nodes<Op extends OperatorName>(
    op: Op,
    inputs: readonly (OnnxValue | undefined)[],
    attributes: OnnxAttributes<Op>,
    outputs: number,
  ): OnnxValue[] {
    if (!Object.hasOwn(OPERATORS, op)) {
      const near = nearest(op, Object.keys(OPERATORS));
      throw new CremaError(`Expected an operator of ONNX that Crema knows but found '${op}'`, {
        hint: near === undefined ? undefined : `Did you mean '${near}'?`,
      });
    }
    const made = Array.from({ length: outputs }, (): BuiltValue => ({ name: this.#free(op) }));
    this.#nodes.push({
      op,
      inputs: inputs as readonly BuiltValue[],
      attributes,
      outputs: made,
      scope: this.#scope,
    });
    return made;
  }

  /** The value with a shape that is known; it is written to the file, where viewers show it. */
  shaped(value: OnnxValue, shape: readonly OnnxDim[], type: ElementType = "float32"): OnnxValue {
    (value as BuiltValue).shape = shape;
    this.#infos.push({ value: value as BuiltValue, type, shape });
    return value;
  }

  /** Gives a value a name of its own, if that is free. */
  rename(value: OnnxValue, name: string): void {
    if (value.name === name || this.#taken.has(name)) return;
    this.#taken.delete(value.name);
    this.#taken.add(name);
    (value as BuiltValue).name = name;
  }

  /** Makes a value an output of the graph, with this name. */
  output(value: OnnxValue, name: string, shape: readonly OnnxDim[], type: ElementType = "float32"): void {
    const isMade = this.#nodes.some(({ outputs }) => outputs.includes(value as BuiltValue));
    const isOutput = this.#outputs.some((each) => each.value === value);
    // An output is what a node makes, once.
    const own = isMade && !isOutput ? value : this.node("Identity", [value]);
    // A constant that has the name already gives it to its copy.
    if (own !== value && value.name === name && this.#constants.has(value as BuiltValue)) {
      (value as BuiltValue).name = this.#free(`${name}/values`);
      this.#taken.delete(name);
    }
    this.rename(own, name);
    if (own.name !== name) {
      throw new CremaError(`Expected a new name for an output but found '${name}' again`);
    }
    this.#outputs.push({ value: own as BuiltValue, type, shape });
  }

  /** The nodes so far; folding changes them in place. */
  get built(): BuiltNode[] {
    return this.#nodes;
  }

  /** The nodes that read each value. Values that bodies of nodes read are mapped to the nodes that have them, too. */
  readers(): Map<BuiltValue, BuiltNode[]> {
    const readers = new Map<BuiltValue, BuiltNode[]>();
    const add = (value: BuiltValue, node: BuiltNode) => {
      const all = readers.get(value);
      if (all === undefined) readers.set(value, [node]);
      else all.push(node);
    };
    const byName = new Map(this.#nodes.flatMap(({ outputs }) => outputs.map((each) => [each.name, each])));
    for (const node of this.#nodes) {
      for (const input of new Set(node.inputs)) if (input !== undefined) add(input, node);
      for (const body of bodiesOf(node)) {
        for (const name of namesIn(body)) {
          const value = byName.get(name);
          if (value !== undefined) add(value, node);
        }
      }
    }
    return readers;
  }

  /** Takes nodes out of the graph. Nothing that stays may read what they make. */
  remove(nodes: ReadonlySet<BuiltNode>): void {
    this.#nodes.splice(0, this.#nodes.length, ...this.#nodes.filter((node) => !nodes.has(node)));
  }

  #namesInBodies(): Set<string> {
    return new Set(this.#nodes.flatMap(bodiesOf).flatMap((body) => [...namesIn(body)]));
  }

  /** Whether a value is an output of the graph. */
  isOutput(value: OnnxValue): boolean {
    return this.#outputs.some((each) => each.value === value);
  }

  /** The graph as a message. Constants that nothing uses, and shapes of values that are gone, are left out. */
  graph(): GraphProto {
    const used = new Set<string>();
    const names = nodeNames(this.#nodes),
      nodes = this.#nodes.map((node) => nodeProto(node, names.get(node)!));
    const visit = ({ node = [] }: GraphProto): void => {
      for (const { input = [], attribute = [] } of node) {
        for (const name of input) used.add(name);
        for (const { g } of attribute) if (g !== undefined) visit(g);
      }
    };
    visit({ node: nodes });
    const made = new Set(nodes.flatMap(({ output = [] }) => output));
    const outputs = new Set(this.#outputs.map(({ value }) => value.name));
    const initializer: TensorProto[] = [];
    for (const [{ name }, tensor] of this.#constants) {
      if (used.has(name)) initializer.push(tensorProto(tensor, name));
    }
    const infos = new Map(this.#infos.map((each) => [each.value.name, each]));
    return {
      node: nodes,
      name: this.#name,
      initializer,
      input: this.#inputs.map(valueInfo),
      output: this.#outputs.map(valueInfo),
      value_info: [...infos.values()].filter(({ value: { name } }) => made.has(name) && !outputs.has(name))
        .map(valueInfo),
    };
  }

  /** A name that nothing has yet, in the present scope: for an input or output of a subgraph. */
  free(wanted: string): string {
    const name = this.#free(wanted);
    this.#taken.delete(name);
    return name;
  }

  /** A name that nothing has yet. */
  #free(wanted: string): string {
    const base = this.#scope === "" ? wanted : `${this.#scope}/${wanted}`;
    let name = base;
    for (let i = 1; this.#taken.has(name) || this.#reserved.has(name); i++) name = `${base}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/** A value with a name that may still change. */
export interface BuiltValue extends OnnxValue {
  name: string;
  shape?: readonly OnnxDim[];
}

/** A node as it was built. */
export interface BuiltNode {
  op: OperatorName;
  inputs: readonly (BuiltValue | undefined)[];
  attributes: Readonly<Record<string, unknown>>;
  outputs: readonly BuiltValue[];
  /** The layer that made it; "" for none. */
  readonly scope: string;
}

/** The graphs inside a node. */
function bodiesOf({ attributes }: BuiltNode): OnnxSubgraph[] {
  return Object.values(attributes).filter((value): value is OnnxSubgraph =>
    typeof value === "object" && value !== null && "node" in value
  );
}

/** The names that the nodes of a body read, which may be those of values outside. */
function* namesIn({ node = [], output = [] }: GraphProto): Generator<string> {
  for (const { name } of output) if (name !== undefined) yield name;
  for (const { input = [], attribute = [] } of node) {
    yield* input;
    for (const { g } of attribute) if (g !== undefined) yield* namesIn(g);
  }
}

interface Typed {
  value: BuiltValue;
  type: ElementType;
  shape: readonly OnnxDim[];
}

function valueInfo({ value: { name }, type, shape }: Typed): { name: string; type: TypeProto } {
  const dim = shape.map((each) => typeof each === "number" ? { dim_value: each } : { dim_param: each });
  return { name, type: { tensor_type: { elem_type: ELEMENT_TYPES[type], shape: { dim } } } };
}

/** Nodes' names: the last one of a layer has the layer's, the others have those of what they make. */
function nodeNames(nodes: readonly BuiltNode[]): Map<BuiltNode, string> {
  const last = new Map(nodes.map((node) => [node.scope, node]));
  const taken = new Set<string>();
  return new Map(nodes.map((node) => {
    const { op, outputs, scope } = node, own = outputs[0]?.name ?? op;
    const name = scope !== "" && last.get(scope) === node && !taken.has(scope) ? scope : own;
    taken.add(name);
    return [node, name];
  }));
}

function nodeProto({ op, inputs, attributes, outputs }: BuiltNode, name: string): NodeProto {
  const kinds: Readonly<Record<string, AttributeKind>> = OPERATORS[op];
  const attribute: AttributeProto[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const kind = kinds[name];
    if (kind === undefined) {
      throw new CremaError(
        `Expected an attribute of ${op} (${Object.keys(kinds).join(", ")}) but found '${name}'`,
      );
    }
    attribute.push({ name, ...attributeProto(kind, value) });
  }
  const input = inputs.map((each) => each?.name ?? "");
  while (input.at(-1) === "") input.pop();
  return {
    input,
    output: outputs.map(({ name }) => name),
    name,
    op_type: op,
    ...(attribute.length === 0 ? {} : { attribute }),
  };
}

function attributeProto(kind: AttributeKind, value: unknown): AttributeProto {
  const bytes = (text: string) => new TextEncoder().encode(text);
  switch (kind) {
    case "float":
      return { f: value as number, type: AttributeType.FLOAT };
    case "floats":
      return { floats: [...value as number[]], type: AttributeType.FLOATS };
    case "int":
      return { i: value as number, type: AttributeType.INT };
    case "ints":
      return { ints: [...value as number[]], type: AttributeType.INTS };
    case "string":
      return { s: bytes(value as string), type: AttributeType.STRING };
    case "strings":
      return { strings: (value as string[]).map(bytes), type: AttributeType.STRINGS };
    case "tensor":
      return { t: tensorProto(value as OnnxTensor), type: AttributeType.TENSOR };
    case "graph":
      return { g: value as GraphProto, type: AttributeType.GRAPH };
  }
}
