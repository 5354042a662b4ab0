import { type FillerParameter, layers as L, type Top } from "crema";
import { weightAndBias } from "./learning.ts";

/** The fillers of a layer with weights. */
export interface Fillers {
  readonly weight_filler: FillerParameter;
  readonly bias_filler: FillerParameter;
}

/**
 * The end of AlexNet and of networks that follow it: fc6 and fc7 with 4,096 units each, both with ReLU and
 * dropout, and fc8 with the scores of 1,000 classes.
 */
export function fullyConnected(bottom: Top, hidden: Fillers, scores: Fillers): Top {
  let top = bottom;
  for (const i of [6, 7]) {
    top = L.InnerProduct(top, { name: `fc${i}`, num_output: 4096, param: weightAndBias, ...hidden });
    top = L.ReLU(top, { name: `relu${i}`, in_place: true });
    top = L.Dropout(top, { name: `drop${i}`, dropout_ratio: 0.5, in_place: true });
  }
  return L.InnerProduct(top, { name: "fc8", num_output: 1000, param: weightAndBias, ...scores });
}
