import type { LossParameter, LossParameterNormalizationMode } from "../../proto/messages.ts";
import type { LossOptions } from "./loss_options.ts";

/** Stands for an ignored label. */
export const IGNORED = -1;

/** The labels of a loss over classes: which are ignored, and what the loss is divided by. */
export class LossLabels {
  /** The class of each item, or {@link IGNORED}. */
  classes = new Int32Array();
  readonly #ignored: number | undefined;
  readonly #mode: LossParameterNormalizationMode;
  readonly #fixed: number;
  #valid = 0;

  /** Takes the options from `param_str`, and those missing there from `loss_param`. */
  constructor(options: LossOptions, lossParam: LossParameter = {}) {
    const { normalize, normalization } = normalizationOf(options) === undefined ? lossParam : options;
    this.#ignored = options.ignore_label ?? lossParam.ignore_label;
    this.#mode = normalization ?? (normalize === false ? "BATCH_SIZE" : "VALID");
    this.#fixed = lossParam.pre_fixed_normalizer ?? 1;
  }

  /** Reads the labels of a batch. Throws a RangeError for a label outside the `count` classes. */
  read(labels: Float32Array, count: number): void {
    if (this.classes.length !== labels.length) this.classes = new Int32Array(labels.length);
    this.#valid = 0;
    for (let i = 0; i < labels.length; i++) {
      const label = Math.trunc(labels[i]!);
      if (label === this.#ignored) {
        this.classes[i] = IGNORED;
        continue;
      }
      if (!(label >= 0 && label < count)) {
        throw new RangeError(`Expected labels from 0 to ${count - 1} but found ${labels[i]}`);
      }
      this.classes[i] = label;
      this.#valid++;
    }
  }

  /** Notes that `count` items have targets instead of labels, none of which is ignored. */
  readTargets(count: number): void {
    if (this.classes.length !== count) this.classes = new Int32Array(count);
    this.#valid = count;
  }

  /** What the sum over all items is divided by, at least 1; `batch` is the batch size. */
  normalizer(batch: number): number {
    const by = {
      FULL: this.classes.length,
      VALID: this.#valid,
      BATCH_SIZE: batch,
      NONE: 1,
      PRE_FIXED: this.#fixed,
    };
    return Math.max(1, by[this.#mode]);
  }
}

function normalizationOf({ normalization, normalize }: LossOptions): unknown {
  return normalization ?? normalize;
}
