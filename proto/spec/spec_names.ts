import { CremaError } from "../../base/error.ts";
import { type SpecLayer, Top } from "./spec_layer.ts";

/** The names of blobs in a net in the making, and of layers that have no tops. */
export class SpecNames {
  readonly #names = new Map<Top | SpecLayer, string>();
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  /**
   * Takes the names that the keys of `tops` give, and then those that layers give their own tops. Throws a
   * CremaError when two blobs have the same.
   */
  constructor(tops: ReadonlyMap<string | number, Top>) {
    const given = Array.from(tops).filter((entry): entry is [string, Top] => typeof entry[0] === "string");
    for (const [name, top] of given) this.#names.set(top.index < 0 ? top.layer : top, name);
    const owners = new Map<string, Top | SpecLayer>();
    for (const [key, name] of this.#names) if (!isInPlace(key)) owners.set(name, key);
    for (const layer of layersOf(tops.values())) {
      for (const [i, name] of layer.topNames.entries()) {
        const top = layer.tops[i]!;
        if (this.#names.has(top)) continue;
        const owner = owners.get(name);
        if (owner !== undefined) throw sameName(name, owner, top);
        owners.set(name, top);
        this.#names.set(top, name);
      }
    }
    this.#taken = new Set(this.#names.values());
  }

  /** The name of a top, or of a layer without tops; made from the layer's type where none was given. */
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

/** Whether a name is only a layer's: in place, it names no blob. */
function isInPlace(key: Top | SpecLayer): boolean {
  return !(key instanceof Top) || key.layer.inPlace;
}

/** All layers that these tops need. */
function layersOf(tops: Iterable<Top>): Set<SpecLayer> {
  const found = new Set<SpecLayer>();
  const waiting = Array.from(tops, ({ layer }) => layer);
  for (let layer = waiting.pop(); layer !== undefined; layer = waiting.pop()) {
    if (found.has(layer)) continue;
    found.add(layer);
    // Alternatives make the tops of the layer itself, so only their bottoms are needed.
    for (const { bottoms } of [layer, ...layer.alternatives]) {
      waiting.push(...bottoms.map((top) => top.layer));
    }
  }
  return found;
}

function sameName(name: string, first: Top | SpecLayer, second: Top): CremaError {
  const type = (key: Top | SpecLayer) => key instanceof Top ? key.layer.type : key.type;
  return new CremaError(
    `Expected each blob to have a name of its own but found two named '${name}', of the types ` +
      `${type(first)} and ${type(second)}`,
    { hint: "Give one of their layers another `name` or `top`; `oneOf` joins layers of different phases" },
  );
}
