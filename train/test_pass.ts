import type { NetHandle } from "../ffi/mod.ts";
import { type ClassPrecision, DetectionScores, meanPrecision } from "./detection_scores.ts";
import type { DetectionScoring } from "./detection_scoring.ts";
import { outputsOf, readScores } from "./read_scores.ts";
import type { Score } from "./score.ts";

/** Runs a net batch by batch, averages its outputs, and computes the mean average precision of detections. */
export class TestPass {
  readonly #net: NetHandle;
  readonly #detection: DetectionScoring | undefined;
  readonly #detections = new Map<string, DetectionScores>();
  #sums: Score[] = [];
  #loss = 0;
  #batches = 0;

  /** Tests a net with its present parameters. Without `detection`, all outputs are averaged. */
  constructor(net: NetHandle, detection?: DetectionScoring) {
    this.#net = net;
    this.#detection = detection;
  }

  /**
   * Runs one batch with `forward`, which returns the loss. Returns the scores of the batch, without those of
   * detections, which only all batches have. Throws a CremaError if these are none.
   */
  runBatch(forward: () => number = () => this.#net.forward()): Score[] {
    this.#loss += forward();
    const averaged = outputsOf(this.#net).filter(({ name, blob }) => !this.#collect(name, blob));
    const scores = readScores(this.#net, averaged);
    this.#batches++;
    this.#sums = this.#batches === 1
      ? scores.map((score) => ({ ...score }))
      // Outputs whose size changes have no proper mean: sum the elements that the first batch has.
      : this.#sums.map((sum, i) => ({ ...sum, value: sum.value + (scores[i]?.value ?? 0) }));
    return scores;
  }

  /** The mean of the weighted losses. */
  meanLoss(): number {
    return this.#loss / Math.max(this.#batches, 1);
  }

  /** The mean of each output, and the mean average precision of each output of detections. */
  means(): Score[] {
    const means = this.#sums.map((sum) => ({ ...sum, value: sum.value / this.#batches }));
    const classes = this.classPrecisions();
    const detections = Array.from(this.#detections.keys(), (name) => ({
      name,
      index: 0,
      value: meanPrecision(classes.filter((each) => each.name === name)),
      lossWeight: 0,
    }));
    return [...means, ...detections].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  }

  /** The average precision of each class, of each output of detections. */
  classPrecisions(): ClassPrecision[] {
    const version = this.#detection?.apVersion;
    if (version === undefined) return [];
    return this.#detections.values().flatMap((scores) => scores.classes(version)).toArray();
  }

  /** Collects the detections of an output. Returns false if it is of something else. */
  #collect(name: string, blob: number): boolean {
    const { isDetection = () => true } = this.#detection ?? { isDetection: () => false };
    const from = this.#net.blobs[blob];
    if (from === undefined || !isDetection(name)) return false;
    const scores = this.#detections.get(name) ?? new DetectionScores(name);
    this.#detections.set(name, scores);
    scores.add(from.read(), from.shape);
    return true;
  }
}
