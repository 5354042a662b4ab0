import type { NetParameter, SolverParameter } from "../../proto/messages.ts";

/** What a schedule is chosen by. */
export interface FitSolverOptions {
  /** The path of the net, as the solver names it. */
  readonly net: string;
  /** What snapshots begin with. */
  readonly snapshotPrefix: string;
  /** Images to learn from. */
  readonly images: number;
  /** Images per batch. */
  readonly batch: number;
  /** Batches of a test. */
  readonly testIterations: number;
  /** How often to go through all images. */
  readonly epochs: number;
  /** How the net learns, with the highest learning rate. */
  readonly learning: Learning;
  /** The seed of all random choices. */
  readonly seed: number;
}

/** The longest warm-up, in iterations. */
const LONGEST_WARMUP = 500;

/**
 * A solver with a learning rate that first grows in a line, for a tenth of the time, and then falls by half a cosine
 * to a hundredth. It tests after each epoch.
 */
export function fitSolver(options: FitSolverOptions): SolverParameter {
  const { images, batch, epochs, learning: { type, rate }, testIterations, net, snapshotPrefix, seed } =
    options;
  const epoch = Math.ceil(images / batch), max_iter = epoch * epochs;
  return {
    net,
    test_iter: [testIterations],
    test_interval: epoch,
    test_initialization: false,
    base_lr: rate,
    lr_policy: "cosine",
    min_lr: rate / 100,
    warmup_iter: Math.min(LONGEST_WARMUP, Math.floor(max_iter / 10)),
    warmup_start_lr: rate / 10,
    ...type === "SGD"
      ? { momentum: 0.9, weight_decay: 0.0005 }
      : { type, momentum: 0.9, momentum2: 0.999, weight_decay: 0.05 },
    display: Math.max(1, Math.min(100, Math.round(epoch / 2))),
    average_loss: Math.max(1, Math.min(100, Math.round(epoch / 2))),
    max_iter,
    // About ten times, of which the last two stay.
    snapshot: epoch * Math.ceil(epochs / 10),
    snapshot_keep: 2,
    snapshot_prefix: snapshotPrefix,
    random_seed: seed,
    solver_mode: "CPU",
    stop_on_nan: true,
  };
}

/** The rates for batches of 16 or more: of SGD with batch normalization and without, and of AdamW. */
const NORMALIZED = 0.05, PLAIN = 0.01, ADAMW = 0.005;

/** How a net learns. */
export interface Learning {
  /** The solver's type. */
  readonly type: "SGD" | "AdamW";
  /** A learning rate that suits the net. */
  readonly rate: number;
}

/**
 * How a net learns best: the network "small" by AdamW, which needs no care to learn from a few images; others by SGD, with
 * a tenth of the rate where weights are given, and less where no batch normalization keeps values in bounds, or where
 * batches are small.
 */
export function chooseLearning(
  { name, layer = [] }: NetParameter,
  batch: number,
  fromWeights: boolean,
): Learning {
  const isNormalized = layer.some(({ type }) => type === "BatchNorm");
  const type = name === "small" ? "AdamW" : "SGD";
  const usual = type === "AdamW" ? ADAMW : (isNormalized ? NORMALIZED : PLAIN) * Math.min(1, batch / 16);
  return { type, rate: Number((fromWeights ? usual / 10 : usual).toPrecision(3)) };
}
