import { CremaError } from "../../base/error.ts";
import { isInstance } from "../../base/thrown.ts";
import type { Blob } from "../blob.ts";
import type { HostLayer } from "./host_layer.ts";
import { LayerBlobs } from "./layer_blobs.ts";
import { keepsState, restoreLayer, saveLayer } from "./layer_state.ts";
import { checkFinished, type LiveLayer, ownsBlobs } from "./live_layer.ts";
import { threwError } from "./threw_error.ts";
import { counted } from "../../base/counted.ts";

/**
 * Replaces a live layer with `next`: sets it up with the existing parameters, hands over its state (see
 * `saveLayer`), and reshapes. The old layer is kept for {@link revertLayer}, until the next replacement. Throws a
 * CremaError when the new layer fails; the old one then stays.
 */
export function replaceLayer(live: LiveLayer, next: HostLayer): void {
  const { bottoms, tops, layer } = live;
  const blobs = new LayerBlobs();
  let method = "setup";
  try {
    setUp(next, blobs, live);
    carryOver(layer, next, live);
    method = "reshape";
    checkFinished(next.reshape(bottoms, tops));
  } catch (error) {
    dispose(next);
    restoreShapes(live);
    const { location, param } = live.planned;
    const place = { ...location, layer: param.name };
    throw isInstance(error, CremaError) && error.layer !== undefined
      ? error
      : threwError(method, error, place);
  }
  // Never go back to a version that did not run.
  if (live.proven || live.previous === undefined) {
    dispose(live.previous?.layer);
    live.previous = { layer, blobs: live.blobs };
  } else dispose(layer);
  live.layer = next;
  live.blobs = blobs;
  live.proven = false;
}

/** Hands over the state, as a snapshot and a resume would. */
function carryOver(layer: HostLayer, next: HostLayer, { planned }: LiveLayer): void {
  const place = { ...planned.location, layer: planned.param.name };
  const state = saveLayer(layer, place, keepsState(next));
  if (state !== undefined) restoreLayer(next, state, place);
}

/** Undoes the last replacement, if there was one, and disposes of the layer that it put in place. */
export function revertLayer(live: LiveLayer): void {
  const { layer: replacement, previous } = live;
  if (previous === undefined) return;
  ({ layer: live.layer, blobs: live.blobs } = previous);
  live.previous = undefined;
  live.proven = true;
  dispose(replacement);
  restoreShapes(live);
}

/** Runs setup, in which the layer must add the parameters that exist already. */
function setUp(next: HostLayer, blobs: LayerBlobs, live: LiveLayer): void {
  if (ownsBlobs(next)) next.blobs = blobs;
  const there: readonly Blob[] = live.blobs;
  blobs.during((index, shape) => {
    const blob = there[index];
    const wanted = shape.join("x");
    if (blob?.shape.join("x") === wanted) return blob;
    const found = blob === undefined ? "none" : blob.shape.join("x");
    throw new RangeError(
      `Expected parameter ${index} to be ${found}, as the running layer has it, but found ${wanted}`,
    );
  }, () => checkFinished(next.setup?.(live.bottoms, live.tops)));
  if (blobs.length !== there.length) {
    throw new RangeError(
      `Expected ${
        counted(there.length, "parameter")
      }, as the running layer has them, but found ${blobs.length}`,
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
    // The layer is out of the net: its errors no longer matter.
  }
}
