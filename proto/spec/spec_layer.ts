import { CremaError } from "../../base/error.ts";
import type { LayerParameter } from "../messages.ts";
import { layerOfFields } from "./spec_fields.ts";

/** A layer of a net in the making: its type, bottoms, parameters and tops. */
export class SpecLayer {
  /** Its type, "Convolution" for example. */
  readonly type: string;
  /** Its bottoms. */
  readonly bottoms: readonly Top[];
  /** Its parameters, without type, bottoms and tops. */
  readonly param: LayerParameter;
  /** Whether its tops are its bottoms, computed in place. */
  readonly inPlace: boolean;
  /** Its tops. */
  readonly tops: readonly Top[];
  /** The names of its tops, as far as `top` or `name` give them: tops that a NetSpec names differ. */
  readonly topNames: readonly string[];
  /** Layers that make the same tops in other phases or stages, as `oneOf` joins them. */
  readonly alternatives: readonly SpecLayer[];

  /**
   * Throws a TypeError when a bottom is not a Top, and a CremaError for fields that the layer does not have
   * and for names in `top` that are not as many as `ntop`.
   */
  constructor(
    type: string,
    bottoms: readonly unknown[],
    given: Readonly<Record<string, unknown>>,
    alternatives: readonly SpecLayer[] = [],
  ) {
    const { ntop = 1, in_place = false, top, ...fields } = given;
    if (typeof ntop !== "number" || !Number.isInteger(ntop) || ntop < 0) {
      throw new CremaError(`Expected ntop of a ${type} layer to be a number of tops but found ${ntop}`);
    }
    this.type = type;
    this.bottoms = bottoms.map((bottom, i) => {
      if (bottom instanceof Top && bottom.index >= 0) return bottom;
      throw new TypeError(
        `Expected bottom ${i} of a ${type} layer to be a Top but found ${describe(bottom)}`,
      );
    });
    this.param = layerOfFields(type, fields);
    this.inPlace = in_place === true;
    this.tops = Array.from({ length: ntop }, (_, i) => new Top(this, i));
    this.topNames = top === undefined || top === null ? this.#namesOfTops() : this.#checkedNames(top);
    this.alternatives = alternatives;
  }

  /** A single top has its layer's name. */
  #namesOfTops(): readonly string[] {
    const { name } = this.param;
    return name === undefined || this.tops.length !== 1 || this.inPlace ? [] : [name];
  }

  #checkedNames(top: unknown): readonly string[] {
    const names = Array.isArray(top) ? top : [top];
    for (const name of names) {
      if (typeof name === "string" && name !== "") continue;
      throw new CremaError(`Expected names in top of a ${this.type} layer but found ${describe(name)}`);
    }
    if (this.inPlace) {
      throw new CremaError(`Expected no top of a ${this.type} layer that is in_place but found '${names}'`, {
        hint: "Its tops are its bottoms",
      });
    }
    if (names.length !== this.tops.length) {
      const expected = `${this.tops.length} ${this.tops.length === 1 ? "name" : "names"} in top`;
      throw new CremaError(`Expected ${expected} of a ${this.type} layer but found ${names.length}`, {
        hint: `Set ntop to ${names.length}, or name as many tops as the layer has`,
      });
    }
    return names;
  }
}

/** A blob of a net in the making: what the functions in `layers` return, and take as bottoms. */
export class Top {
  /** The layer that makes it. */
  readonly layer: SpecLayer;
  /** Which of the layer's tops it is; -1 for a layer that has none. */
  readonly index: number;

  /** The functions in `layers` call this. */
  constructor(layer: SpecLayer, index: number) {
    this.layer = layer;
    this.index = index;
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "an array; spread it with ...";
  if (value instanceof Top) return `a ${value.layer.type} layer, which has none`;
  return value === undefined ? "undefined; is it assigned later?" : `a ${typeof value}`;
}
