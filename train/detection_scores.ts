import { CremaError, type Location } from "../base/error.ts";
import { type ApVersion, averagePrecision, type JudgedDetection } from "./average_precision.ts";

/** How well one class of objects was found. */
export interface ClassPrecision {
  /** Name of the output blob. */
  name: string;
  /** The class. */
  label: number;
  /** Its average precision, from 0 to 1; undefined if nothing was detected as of this class, which counts as 0. */
  value?: number | undefined;
}

/** Collects an output of DetectionEvaluate over the batches of a test. */
export class DetectionScores {
  readonly #name: string;
  readonly #objects = new Map<number, number>();
  readonly #detections = new Map<number, JudgedDetection[]>();

  /** Collects the blob of this name. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Adds the rows of a batch, (1, 1, K + D, 5): for each class [−1, class, number of objects, …], for each
   * detection [item, class, confidence, 1 if right, 1 if wrong]. Those that are neither right nor wrong do not
   * count. Throws a CremaError for a blob of another shape.
   */
  add(rows: Float32Array, shape: readonly number[]): void {
    checkDetectionShape(this.#name, shape);
    for (let at = 0; at < rows.length; at += 5) {
      const [item = 0, label = 0, value = 0, right = 0, wrong = 0] = rows.subarray(at, at + 5);
      if (item === -1) this.#objects.set(label, (this.#objects.get(label) ?? 0) + value);
      else if (right !== 0 || wrong !== 0) {
        this.#detectionsOf(label).push({ score: value, right: right !== 0 });
      }
    }
  }

  /** The average precision of each class that the output lists, in the order of the classes. */
  classes(version: ApVersion): ClassPrecision[] {
    return [...this.#objects].sort(([a], [b]) => a - b).map(([label, objects]) => {
      const detections = this.#detections.get(label);
      const value = detections && averagePrecision(detections, objects, version);
      return { name: this.#name, label, value };
    });
  }

  #detectionsOf(label: number): JudgedDetection[] {
    const found = this.#detections.get(label) ?? [];
    this.#detections.set(label, found);
    return found;
  }
}

/** The mean average precision: each class counts alike, also one without objects, as in SSD's fork of Caffe. */
export function meanPrecision(classes: readonly ClassPrecision[]): number {
  return classes.reduce((sum, { value = 0 }) => sum + value, 0) / classes.length;
}

/**
 * Throws a CremaError unless an output's shape is that of detections, (1, 1, K, 5). `place` is that of the `eval_type`
 * that asks for them.
 */
export function checkDetectionShape(name: string, shape: readonly number[], place: Location = {}): void {
  if (shape.length === 4 && shape[3] === 5 && shape[0] === 1 && shape[1] === 1) return;
  throw new CremaError(
    `Expected output '${name}' of a test of detection to be (1, 1, K, 5) but found (${shape.join(", ")})`,
    {
      ...place,
      hint:
        'With `eval_type: "detection"`, all outputs of the test nets must be tops of DetectionEvaluate: ' +
        "give other outputs to a Silence layer, or leave them out in the TEST phase.",
    },
  );
}
