import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { checkClassNames } from "../base/check_class_names.ts";
import { CremaError } from "../base/error.ts";
import { readNet } from "../proto/nets/read_net.ts";
import { type NdArray, ndArray } from "../data/arrays/nd_array.ts";
import type { ClassifierOptions } from "../net/predict/classifier.ts";
import { Predictor } from "../net/predict/predictor.ts";
import { weightedLayers } from "../net/read_weights.ts";
import { scriptModules } from "../script/modules/lock_net.ts";
import { isOwn } from "../script/modules/own_modules.ts";
import { resolveModule } from "../script/modules/resolve_module.ts";
import { CLASSIFIER_MODEL, type ClassifierModel } from "./classifier_model.ts";
import { type UserModules, userModules } from "./user_modules.ts";
import type { ProgramEntry } from "./write_program.ts";

/** What a classifier is made of. */
export interface ClassifierSource {
  /** The net's prototxt. */
  net: string;
  /** The .caffemodel files. */
  weights: readonly string[];
  /** Whether layers that no file has parameters of may keep what their fillers give, at each start anew. Default: false. */
  allowMissing?: boolean | undefined;
  /** Names of the classes. */
  labels: readonly string[];
  /** The file that says them, for messages. */
  labelsFile?: string | undefined;
  /** How images are prepared, and the net's state. */
  options: ClassifierOptions;
}

/** The parts of a classifier that go into a program. */
export interface ClassifierProgram {
  /** Its modules and its prototxt, placed so that relative paths still lead to them. */
  modules: UserModules;
  /** Its weights and its {@link ClassifierModel}. */
  files: ProgramEntry[];
}

/**
 * Collects a net, its weights and the modules of its layers. The net is made once first, so that nothing is packed that
 * can't run, or whose modules differ from the lock file or their `integrity`. Throws a CremaError.
 */
export async function classifierProgram(source: ClassifierSource): Promise<ClassifierProgram> {
  const {
    labels,
    options: { mean, layerPath = [], layers = [], engine: _engine, moduleCache: _cache, ...options },
  } = source;
  const file = resolve(source.net);
  const net = await readNet(file, { set: source.options.set });
  {
    using predictor = await Predictor.create(net, { ...source.options, weights: source.weights });
    if (labels.length > 0) checkClassNames(labels.length, predictor.classes, source.labelsFile);
    if (!source.allowMissing) await checkWeights(predictor, source.weights);
  }
  const urls = scriptModules(net, file, { layerPath, layers }).map(({ url }) => url);
  const modules = await userModules([...new Set(urls)].filter((url) => !isOwn(url)), [file]);
  const inApp = (url: string) => modules.paths.get(url);
  const netPath = inApp(pathToFileURL(file).href)!;
  const folder = resolve(file, relative(netPath, "user"));
  const model: ClassifierModel = {
    net: netPath,
    weights: source.weights.map((_, i) => `model/${i}.caffemodel`),
    labels: [...labels],
    layerPath: layerPath.map((each) => `user/${relative(folder, resolve(each))}`),
    layers: layers.map((module) => inApp(resolveModule(module, { layerPath })) ?? module),
    mean: mean === undefined ? undefined : meanOf(mean),
    options,
  };
  return {
    modules,
    files: [
      ...source.weights.map((from, i) => ({ path: `app/model/${i}.caffemodel`, from })),
      {
        path: `app/${CLASSIFIER_MODEL}`,
        from: new TextEncoder().encode(`${JSON.stringify(model, null, 2)}\n`),
      },
    ],
  };
}

/** Throws a CremaError when no file has the parameters of a layer: its fillers' random values would take their place. */
async function checkWeights({ net }: Predictor, weights: readonly string[]): Promise<void> {
  const found = await Promise.all(weights.map(weightedLayers));
  const own = new Set(net.handle.learnable.map(({ blob }) => blob));
  const missing = [...net.params].filter(([name, blobs]) =>
    blobs.some((blob) => own.has(blob)) && !found.some((names) => names.has(name))
  ).map(([name]) => name);
  if (missing.length === 0) return;
  throw new CremaError(
    `Expected parameters of layer ${missing.map((name) => `'${name}'`).join(", ")} in ${
      weights.join(", ")
    } ` +
      "but found none",
    { hint: "Are these the weights of this net? --allow-missing lets layers keep what their fillers give." },
  );
}

function meanOf(mean: NdArray | ArrayLike<number>): { shape: number[]; values: number[] } {
  const { shape, data } = "shape" in mean ? mean : ndArray([mean.length], mean);
  return { shape: [...shape], values: [...data] };
}
