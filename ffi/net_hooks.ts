/** Called before or after a layer runs, with the layer's name and index. Throwing ends the run. */
export type NetHook = (layerName: string, index: number) => void;

/** When a hook is called. */
export type NetHookMoment = "beforeForward" | "afterForward" | "beforeBackward" | "afterBackward";

/** The hooks of a net, called in the order in which they were added. */
export class NetHooks {
  readonly #hooks: Record<NetHookMoment, NetHook[]> = {
    beforeForward: [],
    afterForward: [],
    beforeBackward: [],
    afterBackward: [],
  };

  /** Whether any hook wants to be called in forward. */
  get watchForward(): boolean {
    return this.#hooks.beforeForward.length > 0 || this.#hooks.afterForward.length > 0;
  }

  /** Whether any hook wants to be called in backward. */
  get watchBackward(): boolean {
    return this.#hooks.beforeBackward.length > 0 || this.#hooks.afterBackward.length > 0;
  }

  /** Adds a hook; disposing the result removes it. */
  add(moment: NetHookMoment, hook: NetHook): Disposable {
    // A function that is added twice is called twice, and each of the two can be removed.
    const own: NetHook = (name, index) => hook(name, index);
    this.#hooks[moment].push(own);
    return {
      [Symbol.dispose]: () => {
        this.#hooks[moment] = this.#hooks[moment].filter((each) => each !== own);
      },
    };
  }

  /** Calls the hooks of a moment. */
  call(moment: NetHookMoment, layerName: string, index: number): void {
    for (const hook of this.#hooks[moment]) hook(layerName, index);
  }
}
