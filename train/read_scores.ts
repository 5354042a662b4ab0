import type { NetHandle } from "../ffi/mod.ts";
import type { Score } from "./score.ts";

/** Reads the outputs of a net as it stands: the blobs that no layer takes, every element a score. */
export function readScores(net: NetHandle): Score[] {
  const { blobs, blobNames } = net;
  const scores: Score[] = [];
  for (const output of net.outputs) {
    const name = blobNames[output] ?? "", lossWeight = net.lossWeight(output);
    for (const [index, value] of (blobs[output]?.read() ?? []).entries()) {
      scores.push({ name, index, value, lossWeight });
    }
  }
  return scores;
}
