import type { NetHandle } from "../ffi/mod.ts";
import type { Score } from "./score.ts";

/**
 * Reads the present outputs of a net: the blobs that are no layer's bottom, sorted by name as in Caffe. Each
 * element is one score.
 */
export function readScores(net: NetHandle): Score[] {
  const { blobs, blobNames } = net;
  const scores: Score[] = [];
  const outputs = net.outputs.toSorted((a, b) => (blobNames[a] ?? "") < (blobNames[b] ?? "") ? -1 : 1);
  for (const output of outputs) {
    const name = blobNames[output] ?? "", lossWeight = net.lossWeight(output);
    for (const [index, value] of (blobs[output]?.read() ?? []).entries()) {
      scores.push({ name, index, value, lossWeight });
    }
  }
  return scores;
}
