import type { Trainable } from "./trainable.ts";

/** The L2 norm of all gradients, as a mean over the batches of an iteration. */
export function gradientNormOf({ net, param }: Trainable): number {
  const squares = net.handle.learnable.reduce((sum, { blob }) => sum + blob.norms("diff").sumsq, 0);
  return Math.sqrt(squares) / (param.iter_size ?? 1);
}
