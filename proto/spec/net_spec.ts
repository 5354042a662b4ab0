import { CremaError } from "../../base/error.ts";
import type { LayerParameter, NetParameter } from "../messages.ts";
import { type SpecLayer, Top } from "./spec_layer.ts";
import { SpecNames } from "./spec_names.ts";

/** The properties of a NetSpec that are not tops. */
export interface NetSpecMethods {
  /**
   * The net with all layers that the tops need, in order. Each layer is named after its first top, unless it
   * has a `name`. Throws a CremaError when two blobs would have one name.
   */
  toProto(): NetParameter;
}

/** A net in the making: tops by name, in the order of assignment. A name without a top gives undefined. */
export type NetSpec = NetSpecMethods & { [name: string]: Top };

/**
 * A net written in TypeScript, as with pycaffe's `NetSpec`: assign the results of the functions in `layers`
 * to its properties, which become the names of blobs and layers. For a name that is no identifier write
 * `n["conv1/relu"]`. Throws a TypeError when anything but one Top is assigned; write `[n.data, n.label] = …`
 * for two. Blobs that are not assigned have the names that their layers' fields `name` and `top` give, or are
 * named after their types: so functions can make blocks of layers without the spec at hand.
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

/**
 * The net with all layers that these tops need. Blobs and layers have the names that their fields `name` and
 * `top` give, and others are named after their types: Convolution1, ReLU1, … Throws a CremaError when two
 * blobs would have one name.
 */
export function toProto(...tops: Top[]): NetParameter {
  return netOf(new Map(tops.map((top, i) => [i, top])));
}

function netOf(tops: ReadonlyMap<string | number, Top>, name?: string): NetParameter {
  const names = new SpecNames(tops);
  const layers = new Map<SpecLayer, LayerParameter>();
  for (const { layer } of tops.values()) addLayer(layer, layers, names);
  return { ...(name === undefined ? {} : { name }), layer: [...layers.values()] };
}

/** Adds a layer with its alternatives, after the layers that make their bottoms. */
function addLayer(layer: SpecLayer, layers: Map<SpecLayer, LayerParameter>, names: SpecNames): void {
  if (layers.has(layer)) return;
  const bottomsOf = ({ bottoms }: SpecLayer) =>
    bottoms.map((top) => {
      addLayer(top.layer, layers, names);
      return layers.get(top.layer)!.top![top.index]!;
    });
  const bottoms = [layer, ...layer.alternatives].map((each) => [each, bottomsOf(each)] as const);
  const top = layer.inPlace ? [...bottoms[0]![1]] : layer.tops.map((each) => names.of(each, layer.type));
  const name = names.of(layer.tops[0] ?? layer, layer.type);
  for (const [each, bottom] of bottoms) {
    layers.set(each, {
      name,
      type: each.type,
      ...(bottom.length === 0 ? {} : { bottom }),
      ...(top.length === 0 ? {} : { top: [...top] }),
      ...each.param,
    });
  }
}
