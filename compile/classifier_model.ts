import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CremaError } from "../base/error.ts";
import { ndArray } from "../data/arrays/nd_array.ts";
import type { ClassifierOptions } from "../net/predict/classifier.ts";

/** What a compiled classifier consists of, as app/model/classifier.json holds it; paths start from app/. */
export interface ClassifierModel {
  /** The net's prototxt. */
  net: string;
  /** The .caffemodel files. */
  weights: string[];
  /** Names of the classes. */
  labels: string[];
  /** Folders to look in for modules named without a path. */
  layerPath: string[];
  /** Modules whose classes claim layer types. */
  layers: string[];
  /** The mean: its shape and its values. */
  mean?: { shape: number[]; values: number[] } | undefined;
  /** How else images are prepared, and the net's state. */
  options: Omit<ClassifierOptions, "mean" | "weights" | "layerPath" | "layers" | "engine">;
}

/** Its path from app/. */
export const CLASSIFIER_MODEL = "model/classifier.json";

/** Reads the model of the running program. Throws a CremaError when it is no compiled classifier. */
export async function readClassifierModel(): Promise<{ model: ClassifierModel; options: ClassifierOptions }> {
  const app = fileURLToPath(new URL("../", import.meta.url));
  let text;
  try {
    text = await Deno.readTextFile(join(app, CLASSIFIER_MODEL));
  } catch (cause) {
    throw new CremaError("Expected a compiled classifier but found a program without a model", { cause });
  }
  const model = JSON.parse(text) as ClassifierModel;
  const inApp = (path: string) => join(app, path);
  const isInApp = (module: string) => /^(user|remote)\//.test(module);
  const { mean } = model;
  return {
    model: { ...model, net: inApp(model.net) },
    options: {
      ...model.options,
      mean: mean === undefined ? undefined : ndArray(mean.shape, mean.values),
      weights: model.weights.map(inApp),
      layerPath: model.layerPath.map(inApp),
      layers: model.layers.map((module) => isInApp(module) ? inApp(module) : module),
      engine: "embedded",
    },
  };
}
