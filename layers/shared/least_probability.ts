/** Smaller probabilities count as this in Caffe's logarithmic losses: its kLOG_THRESHOLD, a 32-bit float. */
export const LEAST_PROBABILITY: number = Math.fround(1e-20);
