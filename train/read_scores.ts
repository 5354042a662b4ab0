import type { NetHandle } from "../ffi/mod.ts";
import type { Score } from "./score.ts";

/** An output of a net. */
export interface Output {
  /** Its name. */
  readonly name: string;
  /** Its index among the blobs of the net. */
  readonly blob: number;
}

/** The outputs of a net: the blobs that are no layer's bottom, sorted by name as in Caffe. */
export function outputsOf(net: NetHandle): Output[] {
  const { blobNames } = net;
  return net.outputs.map((blob) => ({ name: blobNames[blob] ?? "", blob }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Reads the present values of a net's outputs, or of those given. Each element is one score. */
export function readScores(net: NetHandle, outputs: readonly Output[] = outputsOf(net)): Score[] {
  const { blobs } = net;
  const scores: Score[] = [];
  for (const { name, blob } of outputs) {
    const lossWeight = net.lossWeight(blob);
    for (const [index, value] of (blobs[blob]?.read() ?? []).entries()) {
      scores.push({ name, index, value, lossWeight });
    }
  }
  return scores;
}
