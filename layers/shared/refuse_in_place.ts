import type { Blob } from "../../ffi/blob.ts";

/**
 * Throws a RangeError if a layer that can't work in place is to: if it writes a top while it still reads a bottom that is
 * the same blob, or if its gradients read what forward has overwritten.
 */
export function refuseInPlace(bottoms: readonly (Blob | undefined)[], tops: readonly Blob[]): void {
  if (tops.some((top) => bottoms.includes(top))) {
    throw new RangeError("Expected a top of another name than the bottom but found it in place");
  }
}
