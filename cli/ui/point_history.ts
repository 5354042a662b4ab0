/** Points that a history holds at most. */
const MOST = 4096;

/** Points over a training of any length: when there are too many, every second one goes, and so on. */
export class PointHistory<T> {
  #points: T[] = [];
  #stride = 1;
  #added = 0;

  /** Adds a point, or leaves it out if too many have come. */
  add(point: T): void {
    if (this.#added++ % this.#stride !== 0) return;
    this.#points.push(point);
    if (this.#points.length < MOST) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** Those that are left, in their order. */
  get points(): readonly T[] {
    return this.#points;
  }
}
