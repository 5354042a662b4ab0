import assert from "node:assert/strict";
import { nativeBytes } from "../../../ffi/native_bytes.ts";

Deno.test("nativeBytes views the bytes that an array really has", () => {
  const bytes = Uint8Array.of(0, 1, 2, 3).subarray(1, 3);
  const native = nativeBytes(Object.defineProperty(bytes, "length", { value: 1_000_000 }));
  assert.deepEqual([...native], [1, 2]);
  assert.equal(native.buffer, bytes.buffer, "not a copy");
});

Deno.test("nativeBytes copies bytes out of shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(3);
  const native = nativeBytes(shared);
  assert.ok(native.buffer instanceof ArrayBuffer);
  assert.deepEqual([...native], [3, 3]);
});

Deno.test("nativeBytes throws a TypeError for anything but bytes", () => {
  for (
    const other of [
      new Float32Array(1),
      new Uint8ClampedArray(1),
      new Proxy(new Uint8Array(1), {}),
      [1],
      undefined,
    ]
  ) {
    assert.throws(() => nativeBytes(other as Uint8Array), {
      name: "TypeError",
      message: /^Expected a Uint8Array/,
    });
  }
});
