import type { Blob } from "../blob.ts";
import type { Engine } from "../engine.ts";
import { nativeBytes } from "../native_bytes.ts";
import type { AddParam } from "./layer_blobs.ts";
import { checkFinished, type LiveLayer, ownsBlobs } from "./live_layer.ts";

/**
 * Gives a new layer its bottoms and tops, which stay the same for its whole life, and runs its setup, in
 * which it adds parameters. `handle` is its `crema_layer*`. Throws what setup throws.
 */
export function setUpLayer(
  { layer, bottoms, tops, blobs }: LiveLayer,
  handle: Deno.PointerValue,
  engine: Engine,
  blobAt: (pointer: Deno.PointerValue) => Blob,
): void {
  const { symbols } = engine;
  const numBottoms = symbols.crema_layer_num_bottoms(handle);
  const numTops = symbols.crema_layer_num_tops(handle);
  for (let i = 0; i < numBottoms; i++) bottoms.push(blobAt(symbols.crema_layer_bottom(handle, i)));
  for (let i = 0; i < numTops; i++) tops.push(blobAt(symbols.crema_layer_top(handle, i)));
  Object.freeze(bottoms);
  Object.freeze(tops);

  if (ownsBlobs(layer)) layer.blobs = blobs;
  const add: AddParam = (index, shape, filler) => {
    const dims = Int32Array.from(shape), bytes = nativeBytes(filler);
    engine.check(
      symbols.crema_layer_add_param(handle, dims, dims.length, bytes, BigInt(bytes.length)),
    );
    return blobAt(symbols.crema_layer_param(handle, index));
  };
  blobs.during(add, () => checkFinished(layer.setup?.(bottoms, tops)));
}
