/**
 * The buffers that this thread has made over native memory, by address. A blob's address may change between
 * any two calls (a Split or Reshape layer shares another blob's memory), and making an external buffer costs
 * microseconds, so buffers are kept by address, not by blob.
 */
const buffers = new Map<bigint, ArrayBuffer[]>();

/**
 * A view of `count` floats at an address: the native memory itself, not a copy. Its length is 0 once
 * {@link releaseViews} is called with the address.
 */
export function viewAt(address: bigint, count: number): Float32Array<ArrayBuffer> {
  let known = buffers.get(address);
  if (known === undefined) buffers.set(address, known = []);
  // A longer buffer at the same address will do: memory that shrinks is handed out again without being freed.
  for (const buffer of known) {
    // A buffer that user code transferred is detached, and has no length.
    if (!buffer.detached && buffer.byteLength >= 4 * count) return new Float32Array(buffer, 0, count);
  }
  const pointer = Deno.UnsafePointer.create(address);
  if (pointer === null) return new Float32Array();
  const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, 4 * count);
  known.push(buffer);
  return new Float32Array(buffer);
}

/**
 * Detaches every view of an address whose memory is about to be freed: a stale view that reads `undefined` is
 * better than one that reads other memory or crashes.
 */
export function releaseViews(address: bigint): void {
  const known = buffers.get(address);
  if (known === undefined) return;
  buffers.delete(address);
  for (const buffer of known) if (!buffer.detached) buffer.transfer(0);
}

/** The number of addresses that have views, for tests of leaks. */
export function viewCount(): number {
  return buffers.size;
}
