import { type AttributeProto, AttributeType, type NodeProto, type TensorProto } from "../messages.ts";
import { NodeError } from "./node_error.ts";

/** A node of a model's graph, with its attributes by name. */
export class GraphNode {
  /** Its name; that of its first output if it has none. */
  readonly name: string;
  /** Its operator. */
  readonly op: string;
  /** Names of its inputs; "" stands for one that is left out. */
  readonly inputs: readonly string[];
  /** Names of its outputs; "" stands for one that nobody wants. */
  readonly outputs: readonly string[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  /** Takes a node as it stands in the file. */
  constructor({ name, op_type, domain = "", input = [], output = [], attribute = [] }: NodeProto) {
    const own = domain === "" || domain === "ai.onnx";
    this.op = own ? op_type ?? "" : `${domain}.${op_type ?? ""}`;
    this.inputs = input;
    this.outputs = output;
    this.name = name || output.find((each) => each !== "") || this.op;
    this.#attributes = new Map(attribute.map((each) => [each.name ?? "", each]));
  }

  /** Whether it has an attribute. */
  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** A whole number. */
  int(name: string, otherwise: number): number {
    return this.#value(name, AttributeType.INT, "i", 0) ?? otherwise;
  }

  /** A list of whole numbers; undefined if there is none. */
  ints(name: string): number[] | undefined {
    return this.#value(name, AttributeType.INTS, "ints", []);
  }

  /** A number. */
  float(name: string, otherwise: number): number {
    return this.#value(name, AttributeType.FLOAT, "f", 0) ?? otherwise;
  }

  /** A list of numbers; undefined if there is none. */
  floats(name: string): number[] | undefined {
    return this.#value(name, AttributeType.FLOATS, "floats", []);
  }

  /** A text. */
  string(name: string, otherwise: string): string {
    const bytes = this.#value(name, AttributeType.STRING, "s", new Uint8Array());
    return bytes === undefined ? otherwise : new TextDecoder().decode(bytes);
  }

  /** A list of texts; undefined if there is none. */
  strings(name: string): string[] | undefined {
    return this.#value(name, AttributeType.STRINGS, "strings", [])?.map((each) =>
      new TextDecoder().decode(each)
    );
  }

  /** A tensor; undefined if there is none. */
  tensor(name: string): TensorProto | undefined {
    return this.#value(name, AttributeType.TENSOR, "t", {});
  }

  /** An attribute's value. Writers may leave out values of 0, and old ones the type. */
  #value<Field extends "i" | "ints" | "f" | "floats" | "s" | "strings" | "t">(
    name: string,
    type: number,
    field: Field,
    empty: NonNullable<AttributeProto[Field]>,
  ): AttributeProto[Field] | undefined {
    const attribute = this.#attributes.get(name);
    if (attribute === undefined) return undefined;
    const found = attribute.type ?? (attribute[field] === undefined ? 0 : type);
    if (found !== type) {
      throw new NodeError(`Expected another type of attribute '${name}' but found ${found}`);
    }
    return attribute[field] ?? empty;
  }
}
