import type { Engine } from "./engine.ts";

/**
 * What a signal does while it is watched: what it did before ("leave"), end the process at once ("end"), or end it only
 * when it is the second SIGINT or SIGTERM ("endSecond").
 */
export type WatchedEffect = "leave" | "end" | "endSecond";

/** What is watched, and what is said at the end. */
export interface SignalWatch {
  /** What SIGINT does. */
  sigint: WatchedEffect;
  /** What SIGTERM does. */
  sigterm: WatchedEffect;
  /** Ends the line that is printed when the process is ended: what becomes of its work. */
  note: string;
}

const EFFECTS: Record<WatchedEffect, number> = { leave: 0, end: 1, endSecond: 2 };

const NONE: SignalWatch = { sigint: "leave", sigterm: "leave", note: "" };

/** The watches that are not disposed, by engine, the last one in force. */
const watches = new Map<Engine, SignalWatch[]>();

/**
 * Watches SIGINT and SIGTERM off the JavaScript thread until it is disposed, when the watch before it is in force again:
 * they work even while a layer never returns, which Deno's signal listeners don't. Before it ends the process, with
 * status 130 or 143, the engine prints which of its layers in TypeScript was running. Deno's listeners work as before.
 */
export function watchSignals(engine: Engine, watch: SignalWatch): Disposable {
  const own = { ...watch };
  let stack = watches.get(engine);
  if (stack === undefined) watches.set(engine, stack = []);
  stack.push(own);
  apply(engine, own);
  return {
    [Symbol.dispose]() {
      const wasLast = stack.at(-1) === own;
      const index = stack.indexOf(own);
      if (index < 0) return;
      stack.splice(index, 1);
      if (wasLast) apply(engine, stack.at(-1) ?? NONE);
    },
  };
}

function apply({ symbols }: Engine, { sigint, sigterm, note }: SignalWatch): void {
  const text = new TextEncoder().encode(`${note === "" ? "" : `; ${note}`}\0`);
  symbols.crema_watch_signals(EFFECTS[sigint], EFFECTS[sigterm], text);
}
