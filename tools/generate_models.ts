/**
 * `deno task models`: writes the prototxt files of every model in models/ that its net.ts describes.
 *
 * @module
 */

import { join } from "node:path";
import { type Model, modelFiles } from "../models/mod.ts";
import * as exported from "../models/mod.ts";
import { root } from "./root.ts";

/** The models that are generated. */
export const generatedModels: readonly Model[] = Object.values(exported).filter((value): value is Model =>
  typeof value === "object"
);

if (import.meta.main) {
  for (const model of generatedModels) {
    for (const [name, text] of Object.entries(modelFiles(model))) {
      await Deno.writeTextFile(join(root, "models", model.folder, name), text);
    }
  }
}
