import { CremaError } from "../../base/mod.ts";

/** The names of a new layer. */
export interface LayerNames {
  /** Its files, without their endings: center_loss. */
  file: string;
  /** Its layer type: CenterLoss. */
  type: string;
  /** Its class: CenterLossLayer. */
  className: string;
}

/**
 * The names of a layer given as center_loss, center-loss, CenterLoss or CenterLossLayer. Throws a CremaError for a text that
 * can't be a name.
 *
 * ```ts
 * import { layerNames } from "./layer_names.ts";
 * import assert from "node:assert/strict";
 *
 * const names = { file: "center_loss", type: "CenterLoss", className: "CenterLossLayer" };
 * assert.deepEqual(layerNames("center_loss"), names);
 * assert.deepEqual(layerNames("CenterLossLayer"), names);
 * ```
 */
export function layerNames(name: string): LayerNames {
  const bare = name.replace(/(?<=.)[_-]layer$|(?<=.)Layer$/, "");
  if (!/^[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*$/.test(bare)) {
    throw new CremaError(`Expected a name such as center_loss or CenterLoss but found '${name}'`);
  }
  const snake = bare
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_")
    .replaceAll("-", "_")
    .toLowerCase();
  const camel = /[_-]/.test(bare) || bare === bare.toLowerCase()
    ? snake.split("_").map((part) => part[0]!.toUpperCase() + part.slice(1)).join("")
    : bare[0]!.toUpperCase() + bare.slice(1);
  return { file: snake, type: camel, className: `${camel}Layer` };
}
