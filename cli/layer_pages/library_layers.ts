import * as library from "../../layers/mod.ts";

/** A TypeScript layer that comes with Crema. */
export interface LibraryLayer {
  /** The exported class: `script_param { layer }`. */
  layer: string;
  /** The layer type that it claims with `--layers crema/layers`. */
  type: string;
  /** Its file in the checkout. */
  module: string;
}

/**
 * The library's layers, by name: the classes that layers/mod.ts exports, each in a file named after it.
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
  return Object.entries(library)
    .filter(([name, value]) => typeof value === "function" && name.endsWith("Layer") && name !== "Layer")
    .map(([layer, value]) => ({
      layer,
      type: (value as unknown as { type: string }).type,
      module: `layers/${snakeCase(layer.slice(0, -"Layer".length))}.ts`,
    }))
    .sort((a, b) => a.layer < b.layer ? -1 : 1);
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_").toLowerCase();
}
