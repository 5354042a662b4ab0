import { Engine } from "../ffi/engine.ts";
import { watchSignals } from "../ffi/signal_watch.ts";
import type { TrainAction, TrainRequests } from "./requests.ts";

/** What a signal does: stop the run, write a snapshot, or nothing. */
export type SignalEffect = TrainAction | "none";

/** The effects of the signals. */
export interface SignalOptions {
  /** Effect of SIGINT (Ctrl-C). Default "stop". */
  sigint?: SignalEffect | undefined;
  /** Effect of SIGHUP. Default "snapshot". */
  sighup?: SignalEffect | undefined;
  /**
   * The engine that trains: through it a second signal ends the process even while a layer never returns. Default: one
   * that is loaded already, if any.
   */
  engine?: Engine | undefined;
  /**
   * Called when a second SIGINT or SIGTERM arrives before the run has stopped. Default: ends the process. JavaScript
   * calls it, so it is not called while a layer never returns.
   */
  onImpatience?: ((signal: "SIGINT" | "SIGTERM") => void) | undefined;
}

/**
 * Turns signals into requests, as `caffe train` does, until it is disposed. SIGINT and SIGHUP have the given
 * effects; SIGTERM stops the run. A second SIGINT or SIGTERM ends the process at once, in case the run hangs.
 */
export function listenForSignals(requests: TrainRequests, options: SignalOptions = {}): Disposable {
  const { sigint = "stop", sighup = "snapshot", engine = Engine.loaded[0], onImpatience } = options;
  const impatience = onImpatience ??
    ((signal) => Deno.exit(signal === "SIGINT" ? 130 : 143));
  let stopping = false;
  const on = (signal: "SIGINT" | "SIGHUP" | "SIGTERM", effect: SignalEffect) => () => {
    if (effect === "none") return;
    if (effect === "stop" && signal !== "SIGHUP") {
      if (stopping) return impatience(signal);
      stopping = true;
    }
    requests.ask(effect);
  };
  const handlers = [
    ["SIGINT", on("SIGINT", sigint)],
    ["SIGHUP", on("SIGHUP", sighup)],
    ["SIGTERM", on("SIGTERM", "stop")],
  ] as const;
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  const watch = engine === undefined || onImpatience !== undefined ? undefined : watchSignals(engine, {
    sigint: sigint === "stop" ? "endSecond" : "leave",
    sigterm: "endSecond",
    note: "what was learned since the last snapshot is lost.",
  });
  return {
    [Symbol.dispose]() {
      watch?.[Symbol.dispose]();
      for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
    },
  };
}
