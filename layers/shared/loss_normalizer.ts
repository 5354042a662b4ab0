import type { LossParameter } from "../../proto/messages.ts";

/** The fields of `loss_param` that say what a loss is divided by. */
export type Normalization = {
  [Key in "normalization" | "normalize" | "pre_fixed_normalizer"]?: LossParameter[Key] | undefined;
};

/** What a loss can be divided by. */
export interface LossCounts {
  /** The batch size: how many blocks there are before the axis of the classes. */
  outer: number;
  /** How many positions have a label. */
  positions: number;
  /** How many of them are not ignored. */
  valid: number;
}

/**
 * What `loss_param` says that a sum over positions is divided by: at least 1. By default VALID; without a
 * `normalization`, the old `normalize: false` is BATCH_SIZE. PRE_FIXED is of R-FCN's fork:
 * `pre_fixed_normalizer`.
 *
 * ```ts
 * import { lossNormalizer } from "./loss_normalizer.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(lossNormalizer({ normalization: "FULL" }, { outer: 2, positions: 8, valid: 5 }), 8);
 * ```
 */
export function lossNormalizer(
  param: Normalization | undefined,
  { outer, positions, valid }: LossCounts,
  byDefault: "VALID" | "FULL" = "VALID",
): number {
  const { normalization, normalize, pre_fixed_normalizer: fixed = 1 } = param ?? {};
  const old = normalize === undefined ? byDefault : normalize ? "VALID" : "BATCH_SIZE";
  switch (normalization ?? old) {
    case "FULL":
      return Math.max(1, positions);
    case "BATCH_SIZE":
      return Math.max(1, outer);
    case "PRE_FIXED":
      return Math.max(1, fixed);
    case "NONE":
      return 1;
    default:
      return Math.max(1, valid);
  }
}
