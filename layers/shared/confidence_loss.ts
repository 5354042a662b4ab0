/** The smallest normal 32-bit float: smaller probabilities count as this. */
const LEAST = 2 ** -126;

/**
 * The loss of the confidences of one box, `classes` values from `at`: of the softmax, −log p(label), or the sum
 * of the sigmoids' cross entropies with 1 for the label and 0 for other classes; a label of −1 is none. The
 * gradient goes into `slope`, at the same places, if given.
 */
export function confidenceLoss(
  values: Float32Array,
  at: number,
  classes: number,
  label: number,
  kind: "SOFTMAX" | "LOGISTIC",
  slope?: Float32Array,
): number {
  let loss = 0;
  if (kind === "LOGISTIC") {
    for (let c = 0; c < classes; c++) {
      const x = values[at + c]!, target = c === label ? 1 : 0;
      loss += Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x)));
      if (slope !== undefined) slope[at + c] = 1 / (1 + Math.exp(-x)) - target;
    }
    return loss;
  }
  let most = -Infinity, sum = 0;
  for (let c = 0; c < classes; c++) most = Math.max(most, values[at + c]!);
  for (let c = 0; c < classes; c++) sum += Math.exp(values[at + c]! - most);
  loss = -Math.log(Math.max(Math.exp(values[at + label]! - most) / sum, LEAST));
  if (slope === undefined) return loss;
  for (let c = 0; c < classes; c++) {
    slope[at + c] = Math.exp(values[at + c]! - most) / sum - (c === label ? 1 : 0);
  }
  return loss;
}
