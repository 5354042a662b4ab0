/**
 * Copies the values of one array to places in another: to[i] = from[index[i]] when it gathers, to[index[i]] =
 * from[i] when it scatters. The index is made again only when the shapes change.
 */
export class Rearrangement {
  #index = new Int32Array();
  #key: string | undefined;

  /** Makes the index, unless it was made for the same shape already. */
  prepare(shape: readonly number[], make: () => Int32Array<ArrayBuffer>): void {
    const key = shape.join();
    if (this.#key === key) return;
    this.#index = make();
    this.#key = key;
  }

  /** Gathers: each value of `to` from its place. */
  gather(from: Float32Array, to: Float32Array): void {
    const index = this.#index;
    for (let i = 0; i < index.length; i++) to[i] = from[index[i]!]!;
  }

  /** Scatters: each value of `from` to its place. Places without one become `rest`. */
  scatter(from: Float32Array, to: Float32Array, rest = 0): void {
    const index = this.#index;
    if (to.length !== index.length) to.fill(rest);
    for (let i = 0; i < index.length; i++) to[index[i]!] = from[i]!;
  }

  /** The gradient of gathering: adds each value of `from` at its place, where several may meet. */
  scatterSum(from: Float32Array, to: Float32Array): void {
    const index = this.#index;
    to.fill(0);
    for (let i = 0; i < index.length; i++) to[index[i]!]! += from[i]!;
  }
}
