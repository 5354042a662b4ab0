/**
 * The buffers that this thread has made over native memory, by address. A blob's address may change between any two
 * calls (a Split or Reshape layer shares another blob's memory), and making an external buffer costs microseconds: so
 * buffers are kept by address, not by blob.
 */
const buffers = new Map<bigint, ArrayBuffer[]>();

/**
 * A view of `count` floats at an address. It is the native memory itself, no copy; once {@link releaseViews} is called
 * with the address its length is 0.
 */
export function viewAt(address: bigint, count: number): Float32Array<ArrayBuffer> {
  let known = buffers.get(address);
  if (known === undefined) buffers.set(address, known = []);
  // A longer buffer of the same address will do: memory that gets smaller is given out anew without being freed.
  for (const buffer of known) {
    // One that was transferred elsewhere is detached, and has no length.
    if (!buffer.detached && buffer.byteLength >= 4 * count) return new Float32Array(buffer, 0, count);
  }
  const pointer = Deno.UnsafePointer.create(address);
  if (pointer === null) return new Float32Array();
  const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, 4 * count);
  known.push(buffer);
  return new Float32Array(buffer);
}

/**
 * Detaches every view of an address: its memory is about to be freed, and a stale view that reads `undefined` is
 * better than one that reads another's memory or crashes.
 */
export function releaseViews(address: bigint): void {
  const known = buffers.get(address);
  if (known === undefined) return;
  buffers.delete(address);
  for (const buffer of known) if (!buffer.detached) buffer.transfer(0);
}

/** The number of addresses with live views, for tests of what is kept. */
export function viewCount(): number {
  return buffers.size;
}
