import type { LossParameter, LossParameterNormalizationMode } from "../../proto/messages.ts";
import type { LossOptions } from "./loss_options.ts";

/** Stands for a label that is ignored. */
export const IGNORED = -1;

/** The labels of a loss over classes: which are ignored, and what their number makes of the loss. */
export class LossLabels {
  /** The class of each item; {@link IGNORED} for one that does not count. */
  classes = new Int32Array();
  readonly #ignored: number | undefined;
  readonly #mode: LossParameterNormalizationMode;
  #valid = 0;

  /** Takes what `param_str` says, and where that is silent what `loss_param` says. */
  constructor(options: LossOptions, lossParam: LossParameter = {}) {
    const { normalize, normalization } = normalizationOf(options) === undefined ? lossParam : options;
    this.#ignored = options.ignore_label ?? lossParam.ignore_label;
    this.#mode = normalization ?? (normalize === false ? "BATCH_SIZE" : "VALID");
  }

  /** Reads the labels of a batch. Throws a RangeError for a label that is no class. */
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

  /** Takes note that `count` items come with targets instead of labels: all of them count. */
  readTargets(count: number): void {
    if (this.classes.length !== count) this.classes = new Int32Array(count);
    this.#valid = count;
  }

  /** What the sum over all items is divided by, for `batch` blocks; at least 1. */
  normalizer(batch: number): number {
    const by = { FULL: this.classes.length, VALID: this.#valid, BATCH_SIZE: batch, NONE: 1 };
    return Math.max(1, by[this.#mode]);
  }
}

function normalizationOf({ normalization, normalize }: LossOptions): unknown {
  return normalization ?? normalize;
}
