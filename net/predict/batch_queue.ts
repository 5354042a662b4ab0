import { type NdArray, ndArray } from "../../data/arrays/nd_array.ts";
import type { ShapedNet } from "./shaped_net.ts";

/** What a {@link BatchQueue} runs. */
export type BatchNet = Pick<ShapedNet, "batch" | "size" | "forward">;

/**
 * Runs the inputs of concurrent callers together: each run of the net takes what waits, up to a whole batch. All
 * who wait have a part in each batch, so that a few examples do not wait for the thousands of another caller.
 */
export class BatchQueue {
  readonly #net: BatchNet;
  #waiting: Waiting[] = [];
  #expected = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the timer waits for nobody. */
  #isReady = false;
  /** How long the last batch took, in milliseconds. */
  #lastTime = 0;

  /** Makes a queue in front of a net. */
  constructor(net: BatchNet) {
    this.#net = net;
  }

  /**
   * Returns the net's output for each example, (N, …). Rejects with what the net throws for these examples, not for
   * those of others.
   */
  forward(values: Float32Array): Promise<NdArray> {
    const { promise, resolve, reject } = Promise.withResolvers<NdArray>();
    const count = values.length / this.#net.size;
    this.#waiting.push({ values, count, taken: 0, rows: [], shape: [], resolve, reject });
    this.#schedule();
    return promise;
  }

  /**
   * Says that a caller is preparing values, until what is returned is disposed. A batch that is not full waits for
   * them, but no longer than half as long as the last batch took: so that nobody who comes while a batch runs waits for
   * more than that batch, this half, and their own.
   */
  expect(): Disposable {
    this.#expected++;
    return {
      [Symbol.dispose]: () => {
        this.#expected--;
        this.#schedule();
      },
    };
  }

  /** A batch is run in a task of its own: what has arrived meanwhile is read first, and joins it. */
  #schedule(): void {
    if (this.#waiting.length === 0) return;
    const isReady = this.#expected === 0 || this.#waiting.length >= this.#net.batch;
    if (this.#timer !== undefined && (this.#isReady || !isReady)) return;
    clearTimeout(this.#timer);
    this.#isReady = isReady;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const start = performance.now();
      this.#runBatch();
      this.#lastTime = performance.now() - start;
      this.#schedule();
    }, isReady ? 0 : this.#lastTime / 2);
  }

  #runBatch(): void {
    const { size, batch } = this.#net;
    const parts = sharesOf(this.#waiting, batch);
    const count = parts.reduce((sum, { take }) => sum + take, 0);
    const values = new Float32Array(count * size);
    let at = 0;
    for (const { from, take } of parts) {
      values.set(from.values.subarray(from.taken * size, (from.taken + take) * size), at * size);
      at += take;
    }
    try {
      const found = this.#net.forward(values), row = found.data.length / count;
      at = 0;
      for (const { from, take } of parts) {
        add(from, found.data.slice(at * row, (at + take) * row), found.shape.slice(1), take);
        at += take;
      }
    } catch (error) {
      if (parts.length === 1) this.#fail(parts[0]!.from, error);
      else for (const part of parts) this.#runAlone(part);
    }
    this.#waiting = this.#waiting.filter(({ taken, count }) => taken < count);
  }

  /** A batch has failed, perhaps for the examples of one caller: the others get their answer. */
  #runAlone({ from, take }: Part): void {
    const { size } = this.#net;
    try {
      const { shape, data } = this.#net.forward(
        from.values.slice(from.taken * size, (from.taken + take) * size),
      );
      add(from, data, shape.slice(1), take);
    } catch (error) {
      this.#fail(from, error);
    }
  }

  #fail(from: Waiting, error: unknown): void {
    from.taken = from.count;
    from.reject(error);
  }
}

/** A caller whose examples are not all answered yet. */
interface Waiting {
  values: Float32Array;
  count: number;
  /** Number of its examples that were run. */
  taken: number;
  rows: Float32Array[];
  /** Shape of one row. */
  shape: readonly number[];
  resolve(found: NdArray): void;
  reject(error: unknown): void;
}

/** The next examples of a caller. */
interface Part {
  from: Waiting;
  /** Number of examples. */
  take: number;
}

/** How many examples of whom go into the next batch: equal shares first, then what is free, from the front. */
function sharesOf(waiting: readonly Waiting[], batch: number): Part[] {
  const share = Math.max(1, Math.floor(batch / waiting.length));
  let free = batch;
  const parts = waiting.slice(0, batch).map((from) => {
    const take = Math.min(share, from.count - from.taken);
    free -= take;
    return { from, take };
  });
  for (const part of parts) {
    const more = Math.min(free, part.from.count - part.from.taken - part.take);
    part.take += more;
    free -= more;
  }
  return parts;
}

/** Adds the rows of a part, and answers the caller when they were the last. */
function add(from: Waiting, rows: Float32Array, shape: readonly number[], take: number): void {
  from.rows.push(rows);
  from.shape = shape;
  from.taken += take;
  if (from.taken === from.count) from.resolve(joined(from));
}

function joined({ count, rows, shape }: Waiting): NdArray {
  const whole = ndArray([count, ...shape]);
  let at = 0;
  for (const row of rows) {
    whole.data.set(row, at);
    at += row.length;
  }
  return whole;
}
