import type { GraphNode } from "../graph/graph_node.ts";
import { NodeError } from "../graph/node_error.ts";
import { countOf, valuesOf } from "../graph/tensor_values.ts";
import { type ExternalData, isFloat } from "../read_tensor.ts";
import type { OnnxTensor } from "../tensor.ts";
import type { LayerBlob, LayerFields, LayerOptions, NetLayers } from "./net_layers.ts";
import type { BlobValue, ConstantValue, PaddedValue, Value } from "./values.ts";

/** What an importer sees of the graph around its node. */
export interface Surroundings {
  /** The net so far. */
  readonly net: NetLayers;
  /** The version of the operators. */
  readonly opset: number;
  /** Reads values that are in another file. */
  readonly external: ExternalData | undefined;
  /** The values that are known so far. */
  readonly values: ReadonlyMap<string, Value>;
  /** The one node that reads a value that is no output of the graph; undefined if others do too. */
  readonly soleReader: (name: string) => GraphNode | undefined;
  /** Whether a node reads a value, or it is an output of the graph. */
  readonly isRead: (name: string) => boolean;
  /** Says that a node's layer is made, as part of another's: its output is this. */
  readonly absorb: (node: GraphNode, value: Value) => void;
  /** Keeps a remark for the report. */
  readonly remark: (text: string) => void;
  /** Remembers the blob of a padding. */
  readonly padded: Map<PaddedValue, BlobValue>;
}

/** A node that is to become layers: its inputs, and what makes layers of it. */
export class ImportedNode {
  readonly #around: Surroundings;

  /** Takes a node whose inputs are known. */
  constructor(readonly node: GraphNode, around: Surroundings) {
    this.#around = around;
  }

  /** The version of the operators. */
  get opset(): number {
    return this.#around.opset;
  }

  /** Reads values that are in another file. */
  get external(): ExternalData | undefined {
    return this.#around.external;
  }

  /** How many inputs it has; some may be left out. */
  get arity(): number {
    return this.node.inputs.length;
  }

  /** Whether an input is there. */
  has(index: number): boolean {
    return (this.node.inputs[index] ?? "") !== "";
  }

  /** An input as it is: a constant, a blob or a padding. Throws a NodeError if it is left out. */
  value(index: number): Value {
    const value = this.#around.values.get(this.node.inputs[index] ?? "");
    if (value === undefined) throw new NodeError(`Expected input ${index} but found none`);
    return value;
  }

  /** The shape of an input. */
  shape(index: number): readonly number[] {
    const value = this.value(index);
    if (value.kind === "constant") return value.tensor.shape;
    return value.kind === "blob" ? value.shape : this.#paddedShape(value);
  }

  /** An input as a blob of floats. */
  floats(index: number): BlobValue {
    const value = this.blob(index);
    if (isFloat(value.type)) return value;
    throw new NodeError(`Expected floats as input ${index} but found ${value.type}`);
  }

  /** An input as a blob; a constant becomes a Parameter layer. */
  blob(index: number): BlobValue {
    const value = this.value(index);
    if (value.kind === "constant") return this.parameter(value, this.node.inputs[index]!);
    return value.kind === "blob" ? value : this.#pad(value);
  }

  /** A constant as a blob. */
  parameter({ tensor, learned }: ConstantValue, part: string): BlobValue {
    const { shape } = tensor;
    return this.layer("Parameter", [], { parameter_param: { shape: { dim: [...shape] } } }, shape, {
      part,
      blobs: [{ shape, data: Float32Array.from(valuesOf(tensor)) }],
      fixed: !learned,
      type: tensor.type,
    });
  }

  /** An input that must be a constant; `what` it is. */
  constant(index: number, what: string): OnnxTensor {
    const value = this.value(index);
    if (value.kind === "constant") return value.tensor;
    throw new NodeError(`Expected constant ${what} but found that they are computed`);
  }

  /** The values of an input that must be a constant; undefined if it is left out. */
  numbers(index: number, what: string): number[] | undefined {
    return this.has(index) ? [...valuesOf(this.constant(index, what))] : undefined;
  }

  /** The one value of an input that must be a constant; undefined if it is left out. */
  number(index: number, what: string): number | undefined {
    const values = this.numbers(index, what);
    if (values === undefined || values.length === 1) return values?.[0];
    throw new NodeError(`Expected one ${what} but found ${values.length}`);
  }

  /** Learnable parameters: an input that must be a constant of floats. */
  weights(index: number, what: string): { shape: readonly number[]; data: Float32Array } {
    const tensor = this.constant(index, what);
    if (!isFloat(tensor.type)) throw new NodeError(`Expected ${what} of floats but found ${tensor.type}`);
    return { shape: tensor.shape, data: tensor.data as Float32Array };
  }

  /** Refuses outputs beyond the first that somebody wants. */
  onlyFirstOutput(): void {
    const other = this.node.outputs.slice(1).find((name) => name !== "" && this.isRead(name));
    if (other !== undefined) {
      throw new NodeError(`Expected only the first output to be used but found that '${other}' is too`);
    }
  }

  /** Whether a value is read by a node, or is an output of the graph. */
  isRead(name: string): boolean {
    return this.#around.isRead(name);
  }

  /** Adds a layer with one top, which is returned. */
  layer(
    type: string,
    bottoms: readonly BlobValue[],
    fields: LayerFields,
    shape: readonly number[],
    options: LayerOptions = {},
  ): BlobValue {
    return this.layers(type, bottoms, fields, [shape], options)[0]!;
  }

  /** Adds a layer with several tops. */
  layers(
    type: string,
    bottoms: readonly BlobValue[],
    fields: LayerFields,
    shapes: readonly (readonly number[])[],
    options: LayerOptions = {},
  ): BlobValue[] {
    return this.#around.net.add(this.node.name, type, bottoms, fields, shapes, options);
  }

  /** Adds a layer that works in place on a blob of this node's. */
  inPlace(
    type: string,
    blob: BlobValue,
    fields: LayerFields,
    part: string,
    blobs: readonly LayerBlob[],
  ): void {
    const [top] = this.#around.net.add(this.node.name, type, [blob], fields, [blob.shape], { part, blobs });
    this.#around.net.layers.at(-1)!.top = [blob.blob];
    this.#around.net.forget(top!.blob);
  }

  /** Gives a blob another shape of as many values; itself if that is its shape. `dims` are those of the layer. */
  reshape(x: BlobValue, shape: readonly number[], part = "", dims?: readonly number[]): BlobValue {
    if (shape.length === x.shape.length && shape.every((dim, i) => dim === x.shape[i])) return x;
    if (countOf(shape) !== countOf(x.shape)) {
      throw new NodeError(`Expected ${countOf(x.shape)} values but found (${shape.join(", ")})`);
    }
    // The first axis is the batch, most likely: copied, or what is left, it may change later.
    const first = shape[0] === x.shape[0] ? 0 : -1;
    const dim = dims ?? (shape.includes(0) ? shape : shape.map((each, i) => i === 0 ? first : each));
    return this.layer("Reshape", [x], { reshape_param: { shape: { dim: [...dim] } } }, shape, {
      part,
      type: x.type,
    });
  }

  /** Changes the order of a blob's axes; itself if it stays. */
  permute(x: BlobValue, order: readonly number[], part = ""): BlobValue {
    if (order.every((axis, i) => axis === i)) return x;
    const shape = order.map((axis) => x.shape[axis]!);
    return this.layer("Permute", [x], { permute_param: { order: [...order] } }, shape, {
      part,
      type: x.type,
    });
  }

  /** y = (scale x + shift) ^ power; the blob itself where that is nothing. */
  power(x: BlobValue, param: { power?: number; scale?: number; shift?: number }, part = ""): BlobValue {
    const { power = 1, scale = 1, shift = 0 } = param;
    if (power === 1 && scale === 1 && shift === 0) return x;
    const power_param = {
      ...power === 1 ? {} : { power },
      ...scale === 1 ? {} : { scale },
      ...shift === 0 ? {} : { shift },
    };
    return this.layer("Power", [x], { power_param }, x.shape, { part });
  }

  /** The one node that reads the first output, if it has this operator. */
  followedBy(op: string): GraphNode | undefined {
    const reader = this.#around.soleReader(this.node.outputs[0] ?? "");
    return reader?.op === op ? reader : undefined;
  }

  /** What a name stands for, if that is known by now. */
  known(name: string): Value | undefined {
    return this.#around.values.get(name);
  }

  /** Says that another node's work is done by this one's layers, and gives this. */
  absorb(node: GraphNode, value: Value): void {
    this.#around.absorb(node, value);
  }

  /** Whether a Sigmoid layer, that is not read otherwise, makes one blob of the other. */
  isSigmoidOf(sigmoid: BlobValue, x: BlobValue): boolean {
    return this.#around.net.layers.some(({ type, bottom, top }) =>
      type === "Sigmoid" && bottom?.[0] === x.blob && top?.[0] === sigmoid.blob
    ) && this.#around.soleReader(sigmoid.blob) === this.node;
  }

  /** Keeps a remark for the report. */
  remark(text: string): void {
    this.#around.remark(text);
  }

  #paddedShape({ of, before, behind }: PaddedValue): number[] {
    return of.shape.map((dim, i) => dim + before[i]! + behind[i]!);
  }

  /** The blob of a padding: by a layer, that is made once. */
  #pad(value: PaddedValue): BlobValue {
    const there = this.#around.padded.get(value);
    if (there !== undefined) return there;
    const paddings = value.before.flatMap((before, i) => [before, value.behind[i]!]);
    const { net } = this.#around, from = net.layers.length;
    const [made] = net.add(value.node, "Pad", [value.of], { pad_param: { paddings } }, [
      this.#paddedShape(value),
    ]);
    net.rename(made!.blob, value.output, from);
    const blob = { ...made!, blob: value.output };
    this.#around.padded.set(value, blob);
    return blob;
  }
}
