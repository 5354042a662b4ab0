import type { Net } from "../net/mod.ts";

/** Bytes that a pass has to move. */
export interface Bytes {
  forward: number;
  backward: number;
}

/** Types whose tops share the memory of their bottom, and gradients too, so that nothing has to move. */
const SHARED = ["Flatten", "Reshape", "Squeeze"];

/**
 * The least that layers `first` to `last`, computed together, have to move: forward, each bottom from outside is read
 * and each top is written once; backward, the gradients of the same. What is read twice (BatchNorm its bottom, and
 * values that a gradient needs) does not count, nor what is kept beside the tops.
 */
export function groupBytes(net: Net, first: number, last: number): Bytes {
  const { layers, blobs } = net.handle;
  const made = new Set<number>(), read = new Set<number>();
  let backward = false, shares = true, split = true;
  for (let i = first; i <= last; i++) {
    const { type, bottoms, tops, needsBackward } = layers[i]!;
    for (const bottom of bottoms) if (!made.has(bottom)) read.add(bottom);
    for (const top of tops) made.add(top);
    backward ||= needsBackward;
    shares &&= SHARED.includes(type);
    split &&= type === "Split";
  }
  if (shares) return { forward: 0, backward: 0 };
  const bytes = [...read, ...made].reduce((sum, blob) => sum + 4 * blobs[blob]!.count, 0);
  // A Split's tops are its bottom; only its gradient is a sum.
  return { forward: split ? 0 : bytes, backward: backward ? bytes : 0 };
}
