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

/** The most pixels of an image: those of a large camera. One takes 15 bytes while the image is decoded. */
const MAX_PIXELS = 24_000_000;
/** The least that an IDX file may unpack to, in bytes: enough for MNIST's test images. */
const MIN_IDX_BYTES = 8 << 20;
/** Inputs that are decoded at a time. Each may take a few hundred megabytes. */
const DECODED_AT_A_TIME = 2;

/**
 * Classifies for many clients at a time: inputs are decoded within limits, and run together in batches. Throws a
 * CremaError for a wrong input, an InputLimitError for one that is too large, and a NetFailure when the net fails.
 */
export function batchedClassifier(
  predictor: Predictor,
  { format, top: usual, labels, oversample }: BatchedClassifierOptions,
): Classify {
  const { inputShape, shaped } = predictor;
  const queue = new BatchQueue(shaped), gate = new Gate(DECODED_AT_A_TIME);
  const limits = {
    pixels: MAX_PIXELS,
    // Four bytes per value of the input blob, and a header.
    idxBytes: Math.max(MIN_IDX_BYTES, 4 * shaped.batch * shaped.size + 64),
  };
  return async (bytes, name, { top = usual } = {}) => {
    const { input, values } = await gate.run(async () => {
      const input = await readNetworkInput(bytes, { shape: inputShape, format, name, limits });
      return { input, values: predictor.prepare(input, { oversample }) };
    });
    let output;
    try {
      output = await queue.forward(values);
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      throw new NetFailure(`Expected scores but found that the net failed: ${cause.message}`, { cause });
    }
    return topScores(predictor.scores(input, output, { oversample }), top, labels);
  };
}
