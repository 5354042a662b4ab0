/** Bytes as FFI takes them: in an ArrayBuffer, copied if they are in shared memory. */
export function nativeBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? bytes as Uint8Array<ArrayBuffer> : new Uint8Array(bytes);
}
