import type { LayerParameter } from "../../proto/messages.ts";
import { foldNode } from "../graph/fold_node.ts";
import { GraphNode } from "../graph/graph_node.ts";
import { NodeError } from "../graph/node_error.ts";
import type { Graph } from "../graph/read_graph.ts";
import { type ExternalData, readTensor } from "../read_tensor.ts";
import type { OnnxTensor } from "../tensor.ts";
import { ImportedNode, type Surroundings } from "./imported_node.ts";
import type { InputShape } from "./input_shapes.ts";
import { NetLayers } from "./net_layers.ts";
import { NODE_IMPORTERS } from "./node_importers.ts";
import { unknownOperator, type UnsupportedNode } from "./unsupported.ts";
import type { BlobValue, PaddedValue, Value } from "./values.ts";

/** What became of a node. */
export interface NodeReport {
  /** Its name. */
  readonly node: string;
  /** Its operator. */
  readonly operator: string;
  /** The names of its layers; none if it was computed, or is part of another's. */
  readonly layers: readonly string[];
  /** Whether it was computed, since its inputs are constants. */
  readonly folded: boolean;
}

/** The layers of a graph, and what is to say about them. */
export interface ImportedGraph {
  /** The layers, with their parameters. */
  readonly layers: readonly LayerParameter[];
  /** What became of each node. */
  readonly nodes: readonly NodeReport[];
  /** The outputs: blobs, with their shapes. */
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** The shapes of the blobs. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** What the user should know. */
  readonly remarks: readonly string[];
  /** Nodes that no layers compute; the rest is of no use if there are any. */
  readonly unsupported: readonly UnsupportedNode[];
}

/** Makes layers of a graph, node by node; nodes of constants are computed. */
export class GraphImport {
  readonly #graph: Graph;
  readonly #external: ExternalData | undefined;
  readonly #values = new Map<string, Value>();
  readonly #net: NetLayers;
  readonly #readers = new Map<string, GraphNode[]>();
  readonly #padded = new Map<PaddedValue, BlobValue>();
  readonly #absorbed = new Map<GraphNode, Value>();
  readonly #remarks = new Set<string>();
  readonly #unsupported: UnsupportedNode[] = [];
  readonly #nodes: NodeReport[] = [];

  /** Takes a graph and where its external data is. */
  constructor(graph: Graph, external: ExternalData | undefined) {
    this.#graph = graph;
    this.#external = external;
    const { nodes, inputs } = graph;
    this.#net = new NetLayers([
      ...inputs.map(({ name }) => name),
      ...nodes.flatMap(({ outputs }) => outputs),
    ]);
    for (const node of nodes) {
      for (const name of new Set(node.inputs)) {
        const readers = this.#readers.get(name);
        if (readers === undefined) this.#readers.set(name, [node]);
        else readers.push(node);
      }
    }
  }

  /** Makes the layers, for inputs of these shapes. Throws a CremaError for constants that are damaged. */
  run(inputs: ReadonlyMap<string, InputShape>): ImportedGraph {
    const { initializers, nodes } = this.#graph;
    for (const { name, type } of this.#graph.inputs) {
      const { shape, remark } = inputs.get(name)!;
      this.#addInput(name, shape);
      this.#values.set(name, { kind: "blob", blob: name, shape, type });
      if (remark !== undefined) this.#remarks.add(remark);
    }
    for (const [name, tensor] of initializers) {
      // Those that only nodes need which are left out may be anything.
      if (!this.#isRead(name)) continue;
      this.#values.set(name, { kind: "constant", tensor: readTensor(tensor, this.#external), learned: true });
    }
    for (const node of nodes) this.#importNode(node);
    const outputs = this.#unsupported.length > 0
      ? []
      : this.#graph.outputs.map(({ name }) => this.#output(name));
    this.#removeLoose();
    const shapes = new Map<string, readonly number[]>();
    for (const value of this.#values.values()) if (value.kind === "blob") shapes.set(value.blob, value.shape);
    const left = new Set(this.#net.layers.map(({ name }) => name));
    return {
      layers: this.#net.layers,
      nodes: this.#nodes.map((each) => ({ ...each, layers: each.layers.filter((name) => left.has(name)) })),
      outputs,
      shapes,
      remarks: [...this.#remarks],
      unsupported: this.#unsupported,
    };
  }

  #addInput(name: string, shape: readonly number[]): void {
    const from = this.#net.layers.length;
    const fields = { input_param: { shape: [{ dim: [...shape] }] } };
    const [blob] = this.#net.add(name, "Input", [], fields, [shape]);
    this.#net.rename(blob!.blob, name, from);
  }

  #importNode(node: GraphNode): void {
    const absorbed = this.#absorbed.get(node);
    if (absorbed !== undefined) {
      this.#nodes.push({ node: node.name, operator: node.op, layers: [], folded: false });
      return;
    }
    const known = node.inputs.every((name) => name === "" || this.#values.has(name));
    const importer = Object.hasOwn(NODE_IMPORTERS, node.op) ? NODE_IMPORTERS[node.op] : undefined;
    const from = this.#net.layers.length;
    try {
      const folded = known ? this.#fold(node) : undefined;
      if (folded !== undefined) {
        node.outputs.forEach((name, i) => {
          const tensor = folded[i];
          if (tensor !== undefined) this.#values.set(name, { kind: "constant", tensor, learned: false });
        });
        this.#nodes.push({ node: node.name, operator: node.op, layers: [], folded: true });
        return;
      }
      if (importer === undefined) {
        this.#unsupported.push(unknownOperator(node));
      } else if (known) {
        const values = importer.import(new ImportedNode(node, this.#surroundings(node)));
        this.#bind(node, values, from);
        const layers = this.#net.layers.slice(from).map(({ name = "" }) => name);
        this.#nodes.push({ node: node.name, operator: node.op, layers, folded: false });
        return;
      }
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      const { why, layer } = error;
      this.#unsupported.push({ node: node.name, operator: node.op, why, layer });
    }
    this.#guess(node);
  }

  /** The outputs of a node whose inputs are constants, where it can be computed. */
  #fold(node: GraphNode): OnnxTensor[] | undefined {
    const inputs: (OnnxTensor | undefined)[] = [];
    for (const name of node.inputs) {
      const value = this.#values.get(name);
      if (value !== undefined && value.kind !== "constant") return undefined;
      inputs.push(value?.tensor);
    }
    const outputs = foldNode({ node, opset: this.#graph.opset, inputs, external: this.#external });
    const missing = outputs && node.outputs.find((name, i) => outputs[i] === undefined && this.#isRead(name));
    if (missing === undefined) return outputs;
    throw new NodeError(`Expected only the first output to be used but found that '${missing}' is too`);
  }

  #surroundings(node: GraphNode): Surroundings {
    return {
      net: this.#net,
      opset: this.#graph.opset,
      external: this.#external,
      values: this.#values,
      soleReader: (name) => {
        const readers = this.#readers.get(name) ?? [];
        return readers.length === 1 && !this.#isOutput(name) ? readers[0] : undefined;
      },
      isRead: (name) => this.#isRead(name),
      absorb: (other, value) => this.#absorbed.set(other, value),
      remark: (text) => this.#remarks.add(`${node.name} (${node.op}): ${text}`),
      padded: this.#padded,
    };
  }

  /** Gives the outputs' names to the blobs that the node's layers made, from number `from` on. */
  #bind(node: GraphNode, values: readonly (Value | undefined)[], from: number): void {
    const made = new Set(this.#net.layers.slice(from).flatMap(({ top = [] }) => top));
    const bind = (name: string | undefined, value: Value | undefined) => {
      if (name === undefined || name === "" || value === undefined) return;
      if (value.kind !== "blob" || !made.delete(value.blob)) {
        this.#values.set(name, value);
        return;
      }
      this.#net.rename(value.blob, name, from);
      this.#values.set(name, { ...value, blob: name });
    };
    for (const [other, value] of this.#absorbed) {
      if (this.#values.has(other.outputs[0]!)) continue;
      bind(other.outputs[0], value);
      return;
    }
    node.outputs.forEach((name, i) => bind(name, values[i]));
  }

  /** Goes on behind a node that can't be imported with the shapes that the file gives, to find others. */
  #guess(node: GraphNode): void {
    for (const name of node.outputs) {
      const shape = this.#graph.shapes.get(name);
      if (shape !== undefined) this.#values.set(name, { kind: "blob", blob: name, shape, type: "float32" });
    }
  }

  #isOutput(name: string): boolean {
    return this.#graph.outputs.some((each) => each.name === name);
  }

  #isRead(name: string): boolean {
    return this.#readers.has(name) || this.#isOutput(name);
  }

  /** An output as a blob of its name. */
  #output(name: string): { name: string; shape: readonly number[] } {
    const value = this.#values.get(name)!, from = this.#net.layers.length;
    if (value.kind === "blob" && value.blob === name) {
      const isRead = this.#net.layers.some(({ bottom = [], top = [] }) =>
        bottom.includes(name) && !top.includes(name)
      );
      if (isRead) {
        this.#remarks.add(
          `Output '${name}' is read by layers too: it is a blob of the net, but none of its outputs.`,
        );
      }
      return { name, shape: value.shape };
    }
    // A value of several names: the blob has the first.
    const node = new GraphNode({ name, op_type: "Identity", input: [name], output: [name] });
    const identity = new ImportedNode(node, this.#surroundings(node));
    const x = value.kind === "constant" ? identity.parameter(value, "") : identity.blob(0);
    const copy = value.kind === "blob" ? identity.layer("Power", [x], {}, x.shape, { type: x.type }) : x;
    if (copy.blob !== name) this.#net.rename(copy.blob, name, from);
    this.#values.set(name, { ...copy, blob: name });
    return { name, shape: copy.shape };
  }

  /** Removes layers of which nothing is read, and keeps other tops that are not read from becoming outputs. */
  #removeLoose(): void {
    const { layers } = this.#net, read = new Map<string, number>();
    const count = (blob: string, change: number) => read.set(blob, (read.get(blob) ?? 0) + change);
    const isInPlace = ({ bottom = [], top = [] }: LayerParameter) =>
      top.some((blob) => bottom.includes(blob));
    const readBy = (layer: LayerParameter) => isInPlace(layer) ? [] : layer.bottom ?? [];
    for (const layer of layers) for (const blob of readBy(layer)) count(blob, 1);
    const isLoose = (blob: string) => (read.get(blob) ?? 0) === 0 && !this.#isOutput(blob);
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i]!, { top = [], type } = layer;
      if (type === "Input" || !top.every(isLoose)) continue;
      layers.splice(i, 1);
      for (const blob of readBy(layer)) count(blob, -1);
    }
    const loose = new Set(layers.flatMap(({ top = [] }) => top).filter(isLoose));
    if (loose.size === 0) return;
    const bottoms = [...loose].map((blob): BlobValue => ({ kind: "blob", blob, shape: [], type: "float32" }));
    this.#net.add("silence", "Silence", bottoms, {}, []);
  }
}
