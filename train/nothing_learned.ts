import type { NetHandle } from "../ffi/mod.ts";

/** What keeps a net from learning anything, in sentences: no parameter that may change, or no loss. */
export function* nothingLearned(net: NetHandle): Generator<string> {
  if (!net.learnable.some(({ lrMult }) => lrMult !== 0)) {
    yield "No layer of the net has a parameter whose lr_mult is not 0, so nothing is learned.";
  }
  if (net.blobNames.some((_, blob) => net.lossWeight(blob) !== 0)) return;
  yield "No blob of the net has a loss_weight, so there is no loss and nothing is learned. " +
    "A loss layer in TypeScript needs `loss_weight: 1`, or `static isLoss = true` in its class.";
}
