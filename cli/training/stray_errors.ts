import { CremaError } from "../../base/error.ts";
import { isInstance, thrownMessage, thrownStack } from "../../base/thrown.ts";
import { userFrame } from "../../script/check/user_frame.ts";
import type { Trainable } from "../../train/mod.ts";

/** An error that nobody caught: a promise's, or that of a timer or another callback. */
interface Stray {
  what: "an unhandled rejection" | "an uncaught error";
  error: unknown;
}

/**
 * Hears of errors that asynchronous code throws and nobody catches, until it is disposed; without it they would end the
 * process, and the training with it. The first is kept.
 */
export class StrayErrors implements Disposable {
  readonly #onFirst: () => void;
  #first: Stray | undefined;

  /** Begins to listen; `onFirst` is called for the first error. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    globalThis.addEventListener("unhandledrejection", this.#onRejection);
    globalThis.addEventListener("error", this.#onError);
  }

  /** Whether there was one. */
  get any(): boolean {
    return this.#first !== undefined;
  }

  /** Throws a CremaError for the first error, if there was one. It names the layers whose modules are in its trace. */
  throwFirst(solver: Trainable): void {
    if (this.#first !== undefined) throw strayError(this.#first, solver);
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    globalThis.removeEventListener("unhandledrejection", this.#onRejection);
    globalThis.removeEventListener("error", this.#onError);
  }

  readonly #onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#keep({ what: "an unhandled rejection", error: event.reason });
  };

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.#keep({ what: "an uncaught error", error: event.error });
  };

  #keep(stray: Stray): void {
    if (this.#first !== undefined) return;
    this.#first = stray;
    this.#onFirst();
  }
}

function strayError({ what, error }: Stray, solver: Trainable): CremaError {
  const trace = thrownStack(error) ?? "";
  const layers = [solver.net, ...solver.testNets]
    .flatMap(({ handle }) => handle.hostPlans)
    .filter(({ source }) => source !== undefined && isIn(source.module, trace));
  const names = [...new Set(layers.map(({ param }) => param.name ?? ""))];
  const [first] = layers;
  const frame = isInstance(error, Error) ? userFrame(error) : undefined;
  const whose = names.length > 1
    ? ` in the module of layers ${names.map((name) => `'${name}'`).join(", ")}`
    : "";
  const reason = `Expected asynchronous code to catch its errors but found ${what}${whose}: ${
    thrownMessage(error)
  }`;
  return new CremaError(reason, {
    ...(first === undefined ? { file: frame } : first.location),
    layer: names.length === 1 ? names[0] : undefined,
    hint: names.length === 0
      ? "Its trace names no layer's module."
      : `It came from ${frame ?? "there"}. Catch what the layer starts and does not wait for.`,
    cause: error,
  });
}

/** Whether a trace has a frame of a module, in whichever version. */
function isIn(url: string, trace: string): boolean {
  const plain = url.replace(/[?#].*$/s, "");
  return [":", "?", "#"].some((end) => trace.includes(`${plain}${end}`));
}
