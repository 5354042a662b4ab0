import type { Blob } from "../blob.ts";
import { Status } from "../engine.ts";
import type { HostLayer } from "./host_layer.ts";
import { LayerBlobs } from "./layer_blobs.ts";
import { finished, type LiveLayer, ownBlobs } from "./live_layer.ts";
import { threwError } from "./threw_error.ts";

/**
 * Puts `next` in the place of a live layer: sets it up over the parameters that are there, hands over what `save` returns,
 * and reshapes. The layer before is kept until the next replacement, for {@link revertLayer}. Throws a CremaError when
 * that fails; then the layer before stays.
 */
export function replaceLayer(live: LiveLayer, next: HostLayer): void {
  const { bottoms, tops, layer } = live;
  const blobs = new LayerBlobs();
  let method = "setup";
  try {
    setUp(next, blobs, live);
    if (layer.save !== undefined && next.restore !== undefined) {
      method = "save";
      const state = layer.save();
      method = "restore";
      finished(next.restore(state));
    }
    method = "reshape";
    finished(next.reshape(bottoms, tops));
  } catch (error) {
    dispose(next);
    restoreShapes(live);
    const { location, param } = live.planned;
    throw threwError(method, error, { ...location, layer: param.name });
  }
  // A version that never ran is no version to go back to.
  if (live.proven || live.before === undefined) {
    dispose(live.before?.layer);
    live.before = { layer, blobs: live.blobs };
  } else dispose(layer);
  live.layer = next;
  live.blobs = blobs;
  live.proven = false;
}

/** Puts the layer before the last replacement back, and disposes the one that took its place. */
export function revertLayer(live: LiveLayer): number {
  if (live.before === undefined) return Status.INVALID;
  const failed = live.layer;
  ({ layer: live.layer, blobs: live.blobs } = live.before);
  live.before = undefined;
  live.proven = true;
  dispose(failed);
  restoreShapes(live);
  return Status.OK;
}

/** Runs setup with the parameters that are there: what it adds must be what they are. */
function setUp(next: HostLayer, blobs: LayerBlobs, live: LiveLayer): void {
  if (ownBlobs(next)) next.blobs = blobs;
  const there: readonly Blob[] = live.blobs;
  blobs.during((index, shape) => {
    const blob = there[index];
    const wanted = shape.join("x");
    if (blob?.shape.join("x") === wanted) return blob;
    const found = blob === undefined ? "none" : blob.shape.join("x");
    throw new RangeError(
      `Expected parameter ${index} to be ${found}, as the running layer has it, but found ${wanted}`,
    );
  }, () => finished(next.setup?.(live.bottoms, live.tops)));
  if (blobs.length !== there.length) {
    throw new RangeError(
      `Expected ${there.length} parameters, as the running layer has them, but found ${blobs.length}`,
    );
  }
}

function restoreShapes({ layer, bottoms, tops }: LiveLayer): void {
  try {
    layer.reshape(bottoms, tops);
  } catch {
    // The engine reshapes before the next forward, and reports what is wrong then.
  }
}

function dispose(layer: HostLayer | undefined): void {
  try {
    layer?.[Symbol.dispose]?.();
  } catch {
    // It is out of the net; what goes wrong in it concerns nobody.
  }
}
