/** Lets in what together costs no more than a limit. The others wait, in order. */
export class Gate {
  readonly #limit: number;
  #taken = 0;
  readonly #waiting: { cost: number; enter: () => void }[] = [];

  /** Takes what all that are inside may cost together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for its turn; it ends when what is returned is disposed. Whoever costs more than the limit is alone. */
  async enter(cost: number): Promise<Disposable> {
    if (this.#waiting.length > 0 || !this.#isRoomFor(cost)) {
      await new Promise<void>((enter) => this.#waiting.push({ cost, enter }));
    } else this.#taken += cost;
    let isInside = true;
    return {
      [Symbol.dispose]: () => {
        if (isInside) this.#leave(cost);
        isInside = false;
      },
    };
  }

  #leave(cost: number): void {
    this.#taken -= cost;
    for (let next; (next = this.#waiting[0]) !== undefined && this.#isRoomFor(next.cost);) {
      this.#waiting.shift();
      this.#taken += next.cost;
      next.enter();
    }
  }

  #isRoomFor(cost: number): boolean {
    return this.#taken === 0 || this.#taken + cost <= this.#limit;
  }
}
