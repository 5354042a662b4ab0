const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const intrinsic = (key: PropertyKey) => Object.getOwnPropertyDescriptor(typedArray, key)!.get!;
const tagOf = intrinsic(Symbol.toStringTag), bufferOf = intrinsic("buffer");
const offsetOf = intrinsic("byteOffset"), lengthOf = intrinsic("length");

/**
 * Bytes as FFI takes them: a plain view of their true length, whatever properties the given one has, in an
 * ArrayBuffer; copied if they are in shared memory. Throws a TypeError unless they are a Uint8Array.
 */
export function nativeBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (tagOf.call(bytes) !== "Uint8Array") {
    throw new TypeError("Expected a Uint8Array but found another object");
  }
  const buffer = bufferOf.call(bytes) as ArrayBufferLike;
  const view = new Uint8Array(buffer, offsetOf.call(bytes) as number, lengthOf.call(bytes) as number);
  return view.buffer instanceof ArrayBuffer ? view as Uint8Array<ArrayBuffer> : new Uint8Array(view);
}
