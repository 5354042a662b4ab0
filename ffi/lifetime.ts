import { CremaError } from "../base/error.ts";

/**
 * The life of a native object and of everything that belongs to it: its blobs, layers and nets ask here
 * before they touch native memory. Ending it frees the native object, at once or when nothing needs it any
 * more.
 */
export class Lifetime {
  readonly #what: string;
  readonly #free: () => void;
  #ended = false;
  #running = false;
  #holds = 0;
  readonly #needed: (() => void)[] = [];

  /** Begins the life of a net or solver (`what`, for messages); `free` releases it, once. */
  constructor(what: string, free: () => void) {
    this.#what = what;
    this.#free = free;
  }

  /** Whether the object was disposed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Throws a CremaError when the object was disposed. */
  check(): void {
    if (this.#ended) throw new CremaError(`Expected a live ${this.#what} but found one that was disposed`);
  }

  /**
   * Makes a native call that may run layers. Throws a CremaError when the object was disposed or is running
   * already, as when a script layer runs the net that it belongs to.
   */
  run<Result>(call: () => Result): Result {
    this.check();
    if (this.#running) {
      throw new CremaError(
        `Expected a ${this.#what} that is not running but found it inside one of its own layers`,
        { hint: `A script layer can run other nets, but not its own ${this.#what}.` },
      );
    }
    this.#running = true;
    try {
      return call();
    } finally {
      this.#running = false;
    }
  }

  /** Keeps the native object alive, disposed or not, until the returned function is called. */
  hold(): () => void {
    this.check();
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holds === 0 && this.#ended) this.#release();
    };
  }

  /** Keeps another native object, whose memory this one uses, alive until this one is freed. */
  need(other: Lifetime): void {
    if (other !== this) this.#needed.push(other.hold());
  }

  /** Disposes of the object; a second time does nothing. Throws a CremaError inside one of its own layers. */
  end(): void {
    if (this.#ended) return;
    if (this.#running) {
      throw new CremaError(
        `Expected a ${this.#what} that is not running but found it disposed by one of its own layers`,
      );
    }
    this.#ended = true;
    if (this.#holds === 0) this.#release();
  }

  #release(): void {
    try {
      this.#free();
    } finally {
      for (const release of this.#needed.splice(0)) release();
    }
  }
}
