import { join } from "node:path";
import { CremaError } from "../../base/mod.ts";
import { writeWhole } from "../../base/write_whole.ts";
import { PREPROCESS_FILE, type Preprocessing, preprocessingText } from "../../net/mod.ts";
import { type NetParameter, printText, type SolverParameter } from "../../proto/mod.ts";
import type { LabelledImage } from "../../train/fitting/mod.ts";

/** What the files of a fit hold. */
export interface FitFiles {
  /** How it was made: the first line of each prototxt. */
  readonly about: string;
  readonly solver: SolverParameter;
  readonly trainVal: NetParameter;
  readonly deploy: NetParameter;
  readonly preprocessing: Preprocessing;
  readonly train: readonly LabelledImage[];
  readonly val: readonly LabelledImage[];
}

/** The names of the files, in the order in which they are read. */
export const FIT_FILES = {
  solver: "solver.prototxt",
  trainVal: "train_val.prototxt",
  deploy: "deploy.prototxt",
  preprocessing: PREPROCESS_FILE,
  labels: "labels.txt",
  train: "train.txt",
  val: "val.txt",
} as const;

/** Writes the files of a fit into a folder. Throws a CremaError when one can't be written, or a path can't be listed. */
export async function writeFitFiles(folder: string, files: FitFiles): Promise<void> {
  const { about, solver, trainVal, deploy, preprocessing, train, val } = files;
  const labels = preprocessing.labels.map((label) => `${label}\n`).join("");
  const texts: Record<keyof typeof FIT_FILES, string> = {
    solver: `# ${about}\n${printText("SolverParameter", solver)}`,
    trainVal: `# ${about}\n${printText("NetParameter", trainVal)}`,
    deploy: `# ${about}\n# The net for prediction; ${PREPROCESS_FILE} says how images are prepared.\n${
      printText("NetParameter", deploy)
    }`,
    preprocessing: preprocessingText(preprocessing),
    labels,
    train: listText(train),
    val: listText(val),
  };
  for (const [what, name] of Object.entries(FIT_FILES) as [keyof typeof FIT_FILES, string][]) {
    await writeWhole(join(folder, name), () => new TextEncoder().encode(texts[what]), `file ${name}`);
  }
}

/** Caffe's list of images: `path label` in each line. */
function listText(images: readonly LabelledImage[]): string {
  return images.map(({ path, label }) => {
    if (/[\r\n]/.test(path) || path !== path.trim()) {
      throw new CremaError(
        `Expected paths without line breaks, and without spaces at their ends, but found '${path}'`,
        {
          hint: "A list of images has one path in a line. Rename the file.",
        },
      );
    }
    return `${path} ${label}\n`;
  }).join("");
}
