import type { Blob } from "../../ffi/blob.ts";
import { Layer } from "../../layers/layer.ts";
import { wild } from "./wild.ts";

/** y = w x, unless it misbehaves, in any way that a layer can. */
export class WildLayer extends Layer {
  override setup(bottoms: Blob[], tops: Blob[]): void {
    if (this.paramStr !== "plain") this.blobs.add([1], { type: "constant", value: 2 });
    this.#perhaps("setup", bottoms, tops);
  }

  override reshape(bottoms: Blob[], tops: Blob[]): void {
    const [x] = bottoms, [y] = tops;
    if (x !== y && x !== undefined) y!.reshapeLike(x);
    this.#perhaps("reshape", bottoms, tops);
  }

  override forward(bottoms: Blob[], tops: Blob[]): void {
    const result = this.#perhaps("forward", bottoms, tops);
    const [x] = bottoms, [y] = tops;
    if (x === undefined) return;
    const factor = this.blobs[0]?.data[0] ?? 2;
    const from = x.data, to = y!.data;
    for (let i = 0; i < to.length; i++) to[i] = factor * from[i]!;
    return result as undefined;
  }

  override backward(tops: Blob[], wanted: boolean[], bottoms: Blob[]): void {
    const result = this.#perhaps("backward", bottoms, tops);
    if (!wanted[0]) return;
    const from = tops[0]!.diff, to = bottoms[0]!.diff;
    for (let i = 0; i < to.length; i++) to[i] = 2 * from[i]!;
    return result as undefined;
  }

  override [Symbol.dispose](): void {
    if (wild.dice.roll() < wild.wildness / 4) throw new Error("dispose");
  }

  #perhaps(method: string, bottoms: Blob[], tops: Blob[]): unknown {
    const { dice } = wild;
    if (dice.roll() >= wild.wildness) return;
    const blob = dice.pick([...bottoms, ...tops, ...this.blobs])!;
    const said = (what: string, run: () => unknown) => ({ [`${method}: ${what}`]: run });
    return wild.act({
      ...wild.misuse(blob),
      ...wild.mischief(),
      ...said("throw", () => {
        throw dice.pick([new Error("wild"), "text", undefined, null, new RangeError("wild")]);
      }),
      ...said("promise", () => Promise.resolve()),
      ...said(
        "addParameter",
        () => this.blobs.add([dice.below(4) - 1], { type: dice.pick(["xavier", "none"])! }),
      ),
      ...said("changeArrays", () => {
        bottoms.push(blob);
      }),
      ...said("vectorMath", () => this.ops.axpy(1, blob.data, dice.pick([...bottoms, ...tops])!.diff)),
      ...said("product", () =>
        this.ops.gemm(
          { m: dice.below(9) - 1, n: dice.below(9), k: dice.below(9), lda: dice.below(9) },
          blob.data,
          blob.diff,
          tops[0]!.data,
        )),
    });
  }
}
