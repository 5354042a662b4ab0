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
  /** The highest learning rate. */
  readonly rate: number;
  /** The seed of all random choices. */
  readonly seed: number;
}

/** The longest warm-up, in iterations. */
const LONGEST_WARMUP = 500;

/**
 * A solver: momentum, and a learning rate that first grows in a line, for a tenth of the time, and then falls by half a
 * cosine to a hundredth. It tests after each epoch.
 */
export function fitSolver(options: FitSolverOptions): SolverParameter {
  const { images, batch, epochs, rate, testIterations, net, snapshotPrefix, seed } = options;
  const epoch = Math.max(1, Math.round(images / batch)), max_iter = epoch * epochs;
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
    momentum: 0.9,
    weight_decay: 0.0005,
    display: Math.max(1, Math.min(100, Math.round(epoch / 2))),
    average_loss: Math.max(1, Math.min(100, Math.round(epoch / 2))),
    max_iter,
    snapshot_prefix: snapshotPrefix,
    random_seed: seed,
    solver_mode: "CPU",
  };
}

/** The rates of the network "small" and of others, with batch normalization and without, for batches of 16 or more. */
const SMALL = 0.3, NORMALIZED = 0.05, PLAIN = 0.01;

/**
 * A learning rate that suits a net: a tenth of it where weights are given, and less where no batch normalization keeps
 * values in bounds, or where batches are small.
 */
export function usualRate({ name, layer = [] }: NetParameter, batch: number, fromWeights: boolean): number {
  const isNormalized = layer.some(({ type }) => type === "BatchNorm");
  const rate = (name === "small" ? SMALL : isNormalized ? NORMALIZED : PLAIN) * Math.min(1, batch / 16);
  return Number((fromWeights ? rate / 10 : rate).toPrecision(3));
}
