import type { ParamSpec } from "crema";

/** Caffe's usual pair: the bias learns twice as fast as the weights, and does not decay. */
export const weightAndBias: ParamSpec[] = [{ lr_mult: 1, decay_mult: 1 }, { lr_mult: 2, decay_mult: 0 }];
