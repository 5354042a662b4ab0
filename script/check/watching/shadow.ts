import { guardedView, type ViewGuard, type ViewMisuse } from "./guarded_view.ts";

type Floats = Float32Array<ArrayBuffer>;

/** Floats before and after a blob's, which nobody may write. */
const ZONE = 64;
/** What they hold. */
const CANARY = Math.fround(-1.2345e33);

/** An element that was written. */
export interface WrittenElement {
  /** Its index; below 0 or past the end for one in a guard zone. */
  index: number;
  /** What it held. */
  before: number;
  /** What it holds. */
  after: number;
  /** How many more were written. */
  others: number;
}

/**
 * A copy of a blob's values between two guard zones, which a layer gets in a call instead of the blob's own memory.
 * Afterwards it tells what was written.
 */
export class Shadow implements ViewGuard {
  /** What the layer gets: guarded views tell of indices as well. */
  readonly view: Floats;
  /** Whether the call is over. */
  ended = false;
  readonly #memory: Floats;
  readonly #values: Floats;
  readonly #before: Floats;
  readonly #misuse: ViewMisuse;

  /** Copies `values`. If indices are watched (`strict`), wrong uses are reported to `misuse`. */
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

  /** The first value that differs from that before the call. */
  written(): WrittenElement | undefined {
    return firstWritten(this.#values, (i) => this.#before[i]!, 0);
  }

  /** The first value in a guard zone that was written. */
  writtenBeside(): WrittenElement | undefined {
    const before = firstWritten(this.#memory.subarray(0, ZONE), () => CANARY, -ZONE);
    const end = ZONE + this.#values.length;
    return before ?? firstWritten(this.#memory.subarray(end), () => CANARY, this.#values.length);
  }

  /** Reports a view that was kept. */
  stale(): void {
    this.#misuse.stale();
  }

  /** Reports an index that the view does not have. */
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
