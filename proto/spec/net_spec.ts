import { CremaError } from "../../base/error.ts";
import type { LayerParameter, NetParameter } from "../messages.ts";
import { type SpecLayer, Top } from "./spec_layer.ts";

/** The properties of a NetSpec that are not tops. */
export interface NetSpecMethods {
  /** The net with all layers that the tops need, in order; each layer is named after its first top. */
  toProto(): NetParameter;
}

/** A net in the making: tops by name, in the order of assignment. A name without a top gives undefined. */
export type NetSpec = NetSpecMethods & { [name: string]: Top };

/**
 * A net written in TypeScript, as with pycaffe's `NetSpec`: assign the results of the functions in `layers`
 * to its properties, which become the names of blobs and layers. For a name that is no identifier write
 * `n["conv1/relu"]`. Throws a TypeError when anything but one Top is assigned; write `[n.data, n.label] = …`
 * for two.
 *
 * ```ts
 * import { layers as L, NetSpec, printText } from "crema";
 * import assert from "node:assert/strict";
 *
 * const n = new NetSpec("small");
 * [n.data, n.label] = L.DummyData({ shape: [{ dim: [8, 10] }, { dim: 8 }], ntop: 2 });
 * n.ip = L.InnerProduct(n.data, { num_output: 2 });
 * n.loss = L.SoftmaxWithLoss(n.ip, n.label);
 *
 * const prototxt = printText("NetParameter", n.toProto()); // for Net.fromText, or a file
 * assert.match(prototxt, /name: "small"/);
 * ```
 */
export const NetSpec: new (netName?: string) => NetSpec = class {
  constructor(netName?: string) {
    return spec(netName, new Map()) as unknown as this;
  }
} as unknown as new (netName?: string) => NetSpec;

function spec(netName: string | undefined, tops: Map<string, Top>): NetSpec {
  const methods: object = Object.create(NetSpec.prototype, {
    toProto: { value: () => netOf(tops, netName), configurable: true }, // not enumerable: only tops are
  });
  return new Proxy(methods, {
    get: (target, name) => tops.get(name as string) ?? Reflect.get(target, name),
    has: (target, name) => tops.has(name as string) || Reflect.has(target, name),
    set(target, name, value) {
      if (typeof name === "symbol" || Object.hasOwn(target, name)) {
        throw new CremaError(
          `Expected a name for a top but found '${String(name)}', which NetSpec has itself`,
        );
      }
      if (!(value instanceof Top)) {
        const many = Array.isArray(value) ? `${value.length} of them; assign to [n.a, n.b]` : typeof value;
        throw new TypeError(`Expected a Top for '${name}' but found ${many}`);
      }
      tops.set(name, value);
      return true;
    },
    deleteProperty: (_, name) => tops.delete(name as string),
    ownKeys: (target) => [...Reflect.ownKeys(target), ...tops.keys()],
    getOwnPropertyDescriptor(target, name) {
      const value = tops.get(name as string);
      if (value !== undefined) return { value, enumerable: true, configurable: true, writable: true };
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  }) as unknown as NetSpec;
}

/** The net with all layers that these tops need, named after their types: Convolution1, ReLU1, … */
export function toProto(...tops: Top[]): NetParameter {
  return netOf(new Map(tops.map((top, i) => [i, top])));
}

function netOf(tops: ReadonlyMap<string | number, Top>, name?: string): NetParameter {
  const names = new Names(tops);
  const layers = new Map<SpecLayer, LayerParameter>();
  for (const { layer } of tops.values()) addLayer(layer, layers, names);
  return { ...(name === undefined ? {} : { name }), layer: [...layers.values()] };
}

/** Adds a layer, after the layers that make its bottoms. */
function addLayer(layer: SpecLayer, layers: Map<SpecLayer, LayerParameter>, names: Names): void {
  if (layers.has(layer)) return;
  const bottom = layer.bottoms.map((top) => {
    addLayer(top.layer, layers, names);
    return layers.get(top.layer)!.top![top.index]!;
  });
  const top = layer.inPlace ? [...bottom] : layer.tops.map((each) => names.of(each, layer.type));
  layers.set(layer, {
    name: names.of(layer.tops[0] ?? layer, layer.type),
    type: layer.type,
    ...(bottom.length === 0 ? {} : { bottom }),
    ...(top.length === 0 ? {} : { top }),
    ...layer.param,
  });
}

/** Names of tops, and of layers that have none. */
class Names {
  readonly #names = new Map<Top | SpecLayer, string>();
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  constructor(tops: ReadonlyMap<string | number, Top>) {
    const given = Array.from(tops).filter((entry): entry is [string, Top] => typeof entry[0] === "string");
    for (const [name, top] of given) this.#names.set(top.index < 0 ? top.layer : top, name);
    this.#taken = new Set(this.#names.values());
  }

  of(key: Top | SpecLayer, type: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    let count = this.#counts.get(type) ?? 0, name;
    do name = `${type}${++count}`; while (this.#taken.has(name));
    this.#counts.set(type, count);
    this.#names.set(key, name);
    return name;
  }
}
