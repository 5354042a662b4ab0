import { join } from "node:path";
import { shortestFloat32 } from "../../base/mod.ts";

/** A stretch of a training's iterations, as a plot draws it. */
export interface HistoryPoint {
  /** Iterations done at its end. */
  iteration: number;
  /** The mean loss. */
  loss: number;
  /** The learning rate of its last iteration. */
  learningRate: number;
}

const LIMIT = 512;

/**
 * Loss and learning rate of all iterations, averaged into at most 512 stretches of one length: when there are more, the
 * length doubles.
 */
export class StepHistory {
  #points: HistoryPoint[];
  /** Iterations for each point. */
  #stride: number;
  #sum = 0;
  #count = 0;
  #last: HistoryPoint | undefined;

  /** Goes on from points of an earlier part of the training. */
  constructor(points: readonly HistoryPoint[] = []) {
    this.#points = [...points];
    this.#stride = points.length > 1 ? points[1]!.iteration - points[0]!.iteration : 1;
  }

  /** The points so far, with one for the unfinished stretch. */
  get points(): HistoryPoint[] {
    const rest = this.#last === undefined ? [] : [{ ...this.#last, loss: this.#sum / this.#count }];
    return [...this.#points, ...rest];
  }

  /** Adds an iteration, numbered from 0. */
  add(iteration: number, loss: number, learningRate: number): void {
    this.#sum += loss;
    this.#count++;
    this.#last = { iteration: iteration + 1, loss, learningRate };
    if ((iteration + 1) % this.#stride !== 0) return;
    this.#points.push({ ...this.#last, loss: this.#sum / this.#count });
    this.#sum = this.#count = 0;
    this.#last = undefined;
    if (this.#points.length < LIMIT) return;
    this.#stride *= 2;
    this.#points = joinPairs(this.#points);
  }
}

function joinPairs(points: readonly HistoryPoint[]): HistoryPoint[] {
  return Array.from({ length: Math.ceil(points.length / 2) }, (_, i) => {
    const first = points[2 * i]!, second = points[2 * i + 1];
    return second === undefined ? first : { ...second, loss: (first.loss + second.loss) / 2 };
  });
}

/** Points as a table with a header. */
export function historyCsv(points: readonly HistoryPoint[]): string {
  return [
    "iteration,loss,learning_rate",
    ...points.map(({ iteration, loss, learningRate }) =>
      `${iteration},${Number(loss.toPrecision(9))},${shortestFloat32(learningRate)}`
    ),
    "",
  ].join("\n");
}

/** The file of a run's folder that has its points. */
export const HISTORY_FILE = "curves.csv";

/** The points in a run's folder; none if there is no file with them. */
export function readHistory(folder: string): HistoryPoint[] {
  try {
    return parseHistory(Deno.readTextFileSync(join(folder, HISTORY_FILE)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The points of {@link historyCsv}; lines that are none are left out. */
export function parseHistory(csv: string): HistoryPoint[] {
  return csv.split("\n").slice(1).flatMap((line) => {
    const fields = line.split(",");
    if (fields.length !== 3 || fields.some((field) => field === "")) return [];
    const [iteration, loss, learningRate] = fields.map(Number) as [number, number, number];
    return Number.isInteger(iteration) ? [{ iteration, loss, learningRate }] : [];
  });
}
