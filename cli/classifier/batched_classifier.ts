import { CremaError } from "../../base/mod.ts";
import { type InputFormat, readNetworkInput } from "../../data/mod.ts";
import { BatchQueue, type Predictor } from "../../net/mod.ts";
import { Gate } from "./gate.ts";
import { NetFailure } from "./net_failure.ts";
import { type Classify, topScores } from "./top_scores.ts";

/** How a {@link batchedClassifier} reads its inputs and answers. */
export interface BatchedClassifierOptions {
  /** Format of the inputs. */
  format: InputFormat;
  /** Classes to name for each example. */
  top: number;
  /** Names of the classes. */
  labels: readonly string[];
  /** Whether to take the mean of ten crops of each image. */
  oversample: boolean;
}

/**
 * The most pixels of an image, those of a large camera, and of all images that are decoded at a time. A pixel takes 15
 * bytes meanwhile.
 */
const MAX_PIXELS = 24_000_000;
/** The least that an IDX file may unpack to, in bytes: enough for MNIST's test images. */
const MIN_IDX_BYTES = 8 << 20;

/**
 * Classifies for many clients at a time: inputs are decoded within limits, and run together in batches. Throws a
 * CremaError for a wrong input, an InputLimitError for one that is too large, and a NetFailure when the net fails.
 */
export function batchedClassifier(
  predictor: Predictor,
  { format, top: usual, labels, oversample }: BatchedClassifierOptions,
): Classify {
  const { inputShape, shaped } = predictor;
  const queue = new BatchQueue(shaped), gate = new Gate(MAX_PIXELS);
  // Four bytes per value of the input blob, and a header.
  const idxBytes = Math.max(MIN_IDX_BYTES, 4 * shaped.batch * shaped.size + 64);
  const prepared = async (bytes: Uint8Array, name: string) => {
    using _expected = queue.expect();
    using inside = new DisposableStack();
    const limits = {
      pixels: MAX_PIXELS,
      idxBytes,
      admit: async (pixels: number) => void inside.use(await gate.enter(pixels)),
    };
    const input = await readNetworkInput(bytes, { shape: inputShape, format, name, limits });
    const values = predictor.prepare(input, { oversample });
    return { input, output: queue.forward(values) };
  };
  return async (bytes, name, { top = usual } = {}) => {
    const { input, output } = await prepared(bytes, name);
    let found;
    try {
      found = await output;
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      throw new NetFailure(`Expected scores but found that the net failed: ${cause.message}`, { cause });
    }
    return topScores(predictor.scores(input, found, { oversample }), top, labels);
  };
}
