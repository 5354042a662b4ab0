import type { BlobProto, LayerParameter, ParamSpec } from "../../proto/messages.ts";
import { NodeError } from "../graph/node_error.ts";
import { shapeText } from "../graph/shape_rules.ts";
import { countOf } from "../graph/tensor_values.ts";
import type { ElementType } from "../tensor.ts";
import type { BlobValue } from "./values.ts";

/** The parameters of a layer, as the caffemodel has them. */
export interface LayerBlob {
  /** Their shape. */
  readonly shape: readonly number[];
  /** Their values. */
  readonly data: Float32Array;
}

/** What a layer is besides its type, bottoms and parameters' messages. */
export interface LayerOptions {
  /** What is added to the node's name; nothing for its main layer. */
  readonly part?: string | undefined;
  /** The learnable parameters. */
  readonly blobs?: readonly LayerBlob[] | undefined;
  /** Whether training leaves the parameters as they are. */
  readonly fixed?: boolean | undefined;
  /** The type of the top's elements in ONNX; by default float32. */
  readonly type?: ElementType | undefined;
}

/** Fields of a layer that say what it computes. */
export type LayerFields = Omit<LayerParameter, "name" | "type" | "bottom" | "top" | "blobs">;

/** The most values that a blob may have: the engines count them in 32 bits. */
const MOST_VALUES = 2 ** 31 - 1;

/** The layers of a net as they are made, with names that differ. */
export class NetLayers {
  /** The layers, in the order in which they run. */
  readonly layers: LayerParameter[] = [];
  readonly #layerNames = new Set<string>();
  readonly #blobNames: Set<string>;

  /** Begins with names of blobs that are taken. */
  constructor(blobNames: Iterable<string>) {
    this.#blobNames = new Set(blobNames);
  }

  /** Adds a layer whose name begins with `name`. Its tops, of these shapes, get names of their own for now. */
  add(
    name: string,
    type: string,
    bottoms: readonly BlobValue[],
    fields: LayerFields,
    shapes: readonly (readonly number[])[],
    { part = "", blobs = [], fixed = false, type: elements = "float32" }: LayerOptions = {},
  ): BlobValue[] {
    for (const shape of shapes) checkShape(shape);
    const own = free(this.#layerNames, part === "" ? name : `${name}_${part}`);
    const tops = shapes.map((shape): BlobValue => ({
      kind: "blob",
      blob: free(this.#blobNames, own),
      shape: [...shape],
      type: elements,
    }));
    const frozen: ParamSpec = { lr_mult: 0, decay_mult: 0 };
    this.layers.push({
      name: own,
      type,
      ...bottoms.length === 0 ? {} : { bottom: bottoms.map(({ blob }) => blob) },
      ...tops.length === 0 ? {} : { top: tops.map(({ blob }) => blob) },
      ...blobs.length > 0 && fixed ? { param: blobs.map(() => frozen) } : {},
      ...fields,
      ...blobs.length === 0 ? {} : { blobs: blobs.map(blobProto) },
    });
    return tops;
  }

  /** Makes a blob's name free again. */
  forget(blob: string): void {
    this.#blobNames.delete(blob);
  }

  /** Gives a blob that layers from number `from` on make the name of the value that it is. */
  rename(blob: string, name: string, from: number): void {
    for (const layer of this.layers.slice(from)) {
      for (const names of [layer.top, layer.bottom]) {
        names?.forEach((each, i) => {
          if (each === blob) names[i] = name;
        });
      }
    }
    this.#blobNames.delete(blob);
    this.#blobNames.add(name);
  }
}

function blobProto({ shape, data }: LayerBlob): BlobProto {
  return { shape: { dim: [...shape] }, data };
}

function checkShape(shape: readonly number[]): void {
  const isShape = shape.length <= 32 && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (isShape && countOf(shape) <= MOST_VALUES) return;
  throw new NodeError(`Expected a blob of at most ${MOST_VALUES} values but found ${shapeText(shape)}`);
}

/** A name that is not taken, which then is. */
function free(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}
