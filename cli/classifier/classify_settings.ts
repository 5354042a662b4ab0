import {
  type ClassifierOptions,
  preprocessFile,
  preprocessingOptions,
  readPreprocessing,
} from "../../net/mod.ts";
import { type ImageOptions, imageOptions } from "../options/image_options.ts";
import { readLabels } from "./read_labels.ts";

/** How to classify with a net. */
export interface ClassifySettings {
  /** Names of the classes; none where nothing says them. */
  readonly labels: string[];
  /** The file that says them. */
  readonly labelsFile?: string | undefined;
  /** How images are prepared. */
  readonly classifier: ClassifierOptions;
}

/**
 * How to classify with the net of a prototxt: as `preprocess.json` beside it says, if there is one, and as the options say,
 * which come first. Throws a CremaError when a file can't be read.
 */
export async function classifySettings(model: string, options: ImageOptions): Promise<ClassifySettings> {
  const stored = readPreprocessing(model), given = imageOptions(options);
  const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    ...options.labels !== undefined
      ? { labels: await readLabels(options.labels), labelsFile: options.labels }
      : { labels: [...stored?.labels ?? []], labelsFile: stored && preprocessFile(model) },
    classifier: { ...stored === undefined ? {} : preprocessingOptions(stored), ...own },
  };
}
