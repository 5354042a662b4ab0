/** How well a class was found. */
export interface ClassScores {
  /** Number of the class. */
  class: number;
  /** Of those taken for this class, the share that is of it; NaN if there are none. */
  precision: number;
  /** Of those of this class, the share that was taken for it; NaN if there are none. */
  recall: number;
  /** The harmonic mean of both: 2 · hits / (labels + guesses); NaN if both are 0. */
  f1: number;
  /** How many are of this class. */
  support: number;
}

/** A confusion matrix: how often the inputs of each class were taken for which class. */
export class Confusion {
  /** The number of classes. */
  readonly classes: number;
  /** The counts, a row for each label, a column for each guess. */
  readonly counts: Float64Array;

  /** A matrix of zeros. */
  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Float64Array(classes * classes);
  }

  /** Counts one input. A label that is no class doesn't count. */
  add(label: number, guess: number): void {
    if (!this.#has(label) || !this.#has(guess)) return;
    this.counts[label * this.classes + guess]!++;
  }

  /** How many inputs of a class were taken for another, or for it. */
  count(label: number, guess: number): number {
    return this.counts[label * this.classes + guess] ?? 0;
  }

  /** Precision, recall and F1 of each class. */
  scores(): ClassScores[] {
    const labels = new Float64Array(this.classes), guesses = new Float64Array(this.classes);
    for (let label = 0; label < this.classes; label++) {
      for (let guess = 0; guess < this.classes; guess++) {
        labels[label]! += this.count(label, guess);
        guesses[guess]! += this.count(label, guess);
      }
    }
    return Array.from({ length: this.classes }, (_, i) => {
      const hits = this.count(i, i), support = labels[i]!, taken = guesses[i]!;
      return {
        class: i,
        precision: hits / taken,
        recall: hits / support,
        f1: 2 * hits / (support + taken),
        support,
      };
    });
  }

  #has(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.classes;
  }
}
