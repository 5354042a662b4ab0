import type { Blob } from "../../ffi/blob.ts";
import type { Net } from "../../net/net.ts";
import type { Solver } from "../../train/solver.ts";
import { Dice } from "./dice.ts";

/** What the fuzzer and its layers share: they misuse each other's objects. */
export class Wild {
  dice = new Dice(1);
  readonly nets: Net[] = [];
  readonly solvers: Solver[] = [];
  /** Views that were kept longer than they are valid. */
  readonly views: Float32Array[] = [];
  /** Blobs that were kept longer than their net lives. */
  readonly blobs: Blob[] = [];
  /** How often each kind of misuse was tried. */
  readonly tried = new Map<string, number>();
  /** How likely a layer's method is to misbehave. */
  wildness = 0;
  #depth = 0;

  /** Does one of `actions` and counts it; too deeply nested ones do nothing. */
  act(actions: Record<string, () => unknown>): unknown {
    const name = this.dice.pick(Object.keys(actions))!;
    this.tried.set(name, (this.tried.get(name) ?? 0) + 1);
    if (this.#depth > 4) return;
    this.#depth++;
    try {
      return actions[name]!();
    } finally {
      this.#depth--;
    }
  }

  /** What can be done to any blob, from a layer or from outside. */
  misuse(blob: Blob): Record<string, () => unknown> {
    const { dice, views, blobs } = this;
    const some = () => (dice.roll() < 0.5 ? blob.data : blob.diff);
    return {
      keepView: () => views.push(some()) > 50 && views.shift(),
      keepBlob: () => blobs.push(blob) > 30 && blobs.shift(),
      writeStale: () => views.forEach((view) => view.fill(dice.roll())),
      useKept: () => dice.pick(blobs)?.data.fill(1),
      outOfRange: () => {
        const data = some();
        data[data.length + dice.below(1000)] = 1;
        data[-1] = 1;
        return data[data.length];
      },
      setTooLong: () => some().set(new Float32Array(blob.count + 1 + dice.below(5))),
      subarrays: () => some().subarray(dice.below(20), dice.below(50)).fill(2),
      detach: () => structuredClone(some(), { transfer: [some().buffer] }),
      noNumbers: () => some().fill(dice.pick([NaN, Infinity, -Infinity, 1e38, -0])!),
      reshape: () => blob.reshape(Array.from({ length: dice.below(5) }, () => dice.below(6))),
      reshapeWildly: () =>
        blob.reshape(
          dice.pick([[-1], [NaN], [1.5], [2 ** 31], [65536, 65536], new Array<number>(40).fill(1), [
            2 ** 40,
          ]])!,
        ),
      reshapeLarge: () => blob.reshape(2 ** 22, dice.below(2)),
      like: () => blob.reshapeLike(dice.pick(blobs) ?? blob),
      write: () => blob.write(new Float32Array(dice.below(40))),
      read: () => blob.read(),
    };
  }

  /** What can be done to nets and solvers, from a layer or from outside. */
  mischief(): Record<string, () => unknown> {
    const { dice, nets, solvers } = this;
    const net = dice.pick(nets), solver = dice.pick(solvers);
    const name = () => dice.pick([...net?.layers.map((layer) => layer.name) ?? [], "nothing"])!;
    const range = () => (dice.roll() < 0.5 ? {} : { start: name(), end: name() });
    return {
      forward: () => net?.forward(range()),
      backward: () => net?.backward(range()),
      reshapeNet: () => net?.reshape(),
      share: () => net?.shareWith(dice.pick(nets)!),
      disposeNet: () => dice.roll() < 0.2 && net?.[Symbol.dispose](),
      save: () => net?.handle.save(dice.roll() < 0.5),
      copyGarbage: () => net?.handle.copyFrom(this.#garbled(net.handle.save(false))),
      handleRange: () => net?.handle.forward(dice.below(12) - 3, dice.below(12) - 3),
      clearDiffs: () => net?.handle.clearDiffs(),
      step: () => solver?.step(),
      solverState: () => solver?.restoreState(this.#garbled(solver.saveState())),
      solverNet: () => solver?.net.forward(),
      disposeSolver: () => dice.roll() < 0.2 && solver?.[Symbol.dispose](),
      parameters: () =>
        this.act(this.misuse(dice.pick([...net?.params.values() ?? []].flat()) ?? dice.pick(this.blobs)!)),
    };
  }

  #garbled(bytes: Uint8Array): Uint8Array {
    const { dice } = this;
    const copy = bytes.slice(0, dice.roll() < 0.3 ? dice.below(bytes.length) : bytes.length);
    for (let i = dice.below(5); i > 0 && copy.length > 0; i--) {
      copy[dice.below(copy.length)] = dice.below(256);
    }
    return copy;
  }
}

/** The one that the layers of this process use. */
export const wild: Wild = new Wild();
