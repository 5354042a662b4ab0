import { guardedView, type ViewGuard, type ViewMisuse } from "./guarded_view.ts";

type Floats = Float32Array<ArrayBuffer>;

/** How many floats before and after a blob's nobody may write. */
const ZONE = 64;
/** What those hold. */
const CANARY = Math.fround(-1.2345e33);

/** The first element that was written. */
export interface WrittenElement {
  /** Its index; below 0 or past the end for one in a guard zone. */
  index: number;
  /** Its value before. */
  before: number;
  /** Its value now. */
  after: number;
  /** How many others were written. */
  others: number;
}

/**
 * A copy of a blob's values between two guard zones. A layer's call gets it instead of the blob's own memory;
 * afterwards it shows what was written.
 */
export class Shadow implements ViewGuard {
  /** What the layer gets: the copy, or a guarded view of it that watches indices too. */
  readonly view: Floats;
  /** Whether the call is over. */
  ended = false;
  readonly #memory: Floats;
  readonly #values: Floats;
  readonly #before: Floats;
  readonly #misuse: ViewMisuse;

  /** Copies `values`. With `strict`, indices are watched, and `misuse` is notified. */
  constructor(values: Floats, strict: boolean, misuse: ViewMisuse) {
    this.#misuse = misuse;
    this.#before = values.slice();
    this.#memory = new Float32Array(values.length + 2 * ZONE).fill(CANARY);
    this.#values = this.#memory.subarray(ZONE, ZONE + values.length);
    this.#values.set(values);
    this.view = strict ? guardedView(this.#values, this) : this.#values;
  }

  /** The values, not watched. */
  get values(): Floats {
    return this.#values;
  }

  /** The first value that differs from before the call; undefined if none does. */
  written(): WrittenElement | undefined {
    return firstWritten(this.#values, (i) => this.#before[i]!, 0);
  }

  /** The first value in a guard zone that was written; undefined if none was. */
  writtenBeside(): WrittenElement | undefined {
    const before = firstWritten(this.#memory.subarray(0, ZONE), () => CANARY, -ZONE);
    const end = ZONE + this.#values.length;
    return before ?? firstWritten(this.#memory.subarray(end), () => CANARY, this.#values.length);
  }

  /** Passes on that a view was used after its call. */
  stale(): void {
    this.#misuse.stale();
  }

  /** Passes on that an index outside the view was used. */
  outOfRange(access: "reads" | "writes", index: string, offset: number): void {
    this.#misuse.outOfRange(access, index, offset);
  }
}

function firstWritten(
  values: Floats,
  before: (i: number) => number,
  offset: number,
): WrittenElement | undefined {
  const written = values.keys().filter((i) => !Object.is(values[i], before(i))).toArray();
  const [i] = written;
  if (i === undefined) return undefined;
  return { index: offset + i, before: before(i), after: values[i]!, others: written.length - 1 };
}
