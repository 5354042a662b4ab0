import { LIBRARY_TYPES } from "../../layers/library_types.ts";
import * as library from "../../layers/mod.ts";
import { claimedTypes, layerClasses } from "../../script/layer/layer_classes.ts";

/** A TypeScript layer that comes with Crema. */
export interface LibraryLayer {
  /** The exported class: `script_param { layer }`. */
  layer: string;
  /** The layer type that it claims. */
  type: string;
  /** More types that it claims. */
  aliases: string[];
  /** Its file in the checkout. */
  module: string;
}

/**
 * The library's layers, by name: the classes that layers/mod.ts exports.
 *
 * ```ts
 * import { libraryLayers } from "./library_layers.ts";
 * import assert from "node:assert/strict";
 *
 * const found = libraryLayers().find(({ layer }) => layer === "SoftmaxLossLayer");
 * assert.equal(found?.module, "layers/softmax_loss.ts");
 * ```
 */
export function libraryLayers(): LibraryLayer[] {
  const classes = layerClasses(library, (value) => claimedTypes(value).length > 0);
  return [...classes].map(([layer, value]) => {
    const [type = "", ...aliases] = claimedTypes(value);
    return { layer, type, aliases, module: `layers/${LIBRARY_TYPES[type]}.ts` };
  });
}
