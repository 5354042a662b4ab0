/** How much longer to wait at a deadline, in milliseconds. */
const GRACE = 1;

/**
 * One deadline at a time. It is set many times a request, and nearly never reached: so a timer that runs already serves
 * a later deadline as well.
 *
 * ```ts
 * import { Deadline } from "./deadline.ts";
 *
 * using deadline = new Deadline();
 * deadline.set(10_000, () => {
 *   throw new Error("Expected it to be cleared but found it reached");
 * });
 * deadline.clear();
 * ```
 */
export class Deadline implements Disposable {
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends, and when the deadline is, as `performance.now()` tells; infinite where there is none. */
  #wakes = Infinity;
  #due = Infinity;
  #late: () => void = () => {};

  /** Calls `late` after some milliseconds, unless another deadline is set before, or this one is cleared. */
  set(milliseconds: number, late: () => void): void {
    this.#due = performance.now() + milliseconds;
    this.#late = late;
    if (this.#due < this.#wakes) this.#wakeIn(milliseconds);
  }

  /** Forgets the deadline. */
  clear(): void {
    this.#due = Infinity;
  }

  /** Forgets the deadline, and ends the timer. */
  [Symbol.dispose](): void {
    this.clear();
    clearTimeout(this.#timer);
    this.#wakes = Infinity;
  }

  #wakeIn(milliseconds: number, due?: number): void {
    clearTimeout(this.#timer);
    this.#wakes = performance.now() + milliseconds;
    this.#timer = setTimeout(() => this.#wake(due), milliseconds);
  }

  /** `seen` is the deadline that had passed when the timer ended before. */
  #wake(seen?: number): void {
    this.#wakes = Infinity;
    const left = this.#due - performance.now();
    if (left === Infinity) return;
    if (left > 0) this.#wakeIn(left);
    else if (this.#due === seen) this.#late();
    // While a net ran, bytes may have arrived in time that nobody has read yet: they are read before the next timer.
    else this.#wakeIn(GRACE, this.#due);
  }
}
