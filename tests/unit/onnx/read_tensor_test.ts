import assert from "node:assert/strict";
import { join } from "node:path";
import { externalDataIn } from "../../../onnx/read_external_data.ts";
import { readTensor } from "../../../onnx/read_tensor.ts";
import type { TensorProto } from "../../../onnx/messages.ts";

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer as ArrayBuffer);

Deno.test("tensors of every type are read from raw bytes and from fields", () => {
  const cases: [type: number, raw: ArrayBufferView, fields: TensorProto, expected: unknown][] = [
    [1, Float32Array.of(1.5, -2), { float_data: [1.5, -2] }, Float32Array.of(1.5, -2)],
    [2, Uint8Array.of(1, 255), { int32_data: [1, 255] }, Int32Array.of(1, 255)],
    [3, Int8Array.of(1, -1), { int32_data: [1, -1] }, Int32Array.of(1, -1)],
    [4, Uint16Array.of(1, 65535), { int32_data: [1, 65535] }, Int32Array.of(1, 65535)],
    [5, Int16Array.of(1, -1), { int32_data: [1, -1] }, Int32Array.of(1, -1)],
    [6, Int32Array.of(1, -1), { int32_data: [1, -1] }, Int32Array.of(1, -1)],
    [7, BigInt64Array.of(1n, -1n), { int64_data: [1, -1] }, BigInt64Array.of(1n, -1n)],
    [9, Uint8Array.of(1, 0), { int32_data: [1, 0] }, Int32Array.of(1, 0)],
    [10, Uint16Array.of(0x3e00, 0x8001), { int32_data: [0x3e00, 0x8001] }, Float32Array.of(1.5, -(2 ** -24))],
    [11, Float64Array.of(0.5, 1e300), { double_data: [0.5, 1e300] }, Float32Array.of(0.5, Infinity)],
    [
      12,
      Uint32Array.of(1, 2 ** 32 - 1),
      { uint64_data: [1, 2 ** 32 - 1] },
      BigInt64Array.of(1n, 2n ** 32n - 1n),
    ],
    [13, BigUint64Array.of(1n, 2n), { uint64_data: [1, 2] }, BigInt64Array.of(1n, 2n)],
    [16, Uint16Array.of(0x3fc0, 0xc000), { int32_data: [0x3fc0, 0xc000] }, Float32Array.of(1.5, -2)],
  ];
  for (const [data_type, raw, fields, expected] of cases) {
    assert.deepEqual(
      readTensor({ dims: [2], data_type, raw_data: bytesOf(raw) }).data,
      expected,
      `${data_type}`,
    );
    assert.deepEqual(readTensor({ dims: [2], data_type, ...fields }).data, expected, `${data_type}`);
  }
  // Bytes need not be aligned, and a scalar has no axes.
  const raw = new Uint8Array([9, 0, 0, 128, 63]).subarray(1);
  assert.deepEqual(readTensor({ data_type: 1, raw_data: raw }).data, Float32Array.of(1));
  // Beyond 2⁵³, the decoder's numbers are rounded: the largest stays the largest.
  assert.deepEqual(
    readTensor({ dims: [1], data_type: 7, int64_data: [2 ** 63] }).data,
    BigInt64Array.of(2n ** 63n - 1n),
  );
});

Deno.test("tensors whose shape, type and values don't fit are refused", () => {
  const refused: [TensorProto, RegExp][] = [
    [
      { dims: [2], data_type: 1, raw_data: new Uint8Array(7) },
      /Expected 8 bytes in tensor 'w' of \(2\) but found 7/,
    ],
    [{ dims: [2 ** 40], data_type: 1, float_data: [1] }, /Expected 1099511627776 values/],
    [{ dims: [-1], data_type: 1, float_data: [] }, /lengths of 0 or more/],
    [{ dims: [2 ** 53 * 2], data_type: 1 }, /lengths of 0 or more/],
    [{ dims: [1], data_type: 8, string_data: [new Uint8Array()] }, /Expected numbers .* but found string/],
    [{ dims: [1], data_type: 99 }, /type 99/],
    [{ dims: [1], data_type: 1, data_location: 1 }, /the file of the external data/],
    [
      { dims: [1], data_type: 1, data_location: 1, external_data: [{ key: "location", value: "w.bin" }] },
      /by its path/,
    ],
  ];
  for (const [proto, reason] of refused) assert.throws(() => readTensor({ name: "w", ...proto }), reason);
});

Deno.test("external data is read from below the model's folder only", async () => {
  const folder = await Deno.makeTempDir();
  const model = join(folder, "model"), inside = join(model, "data");
  await Deno.mkdir(inside, { recursive: true });
  await Deno.writeFile(join(inside, "w.bin"), bytesOf(Float32Array.of(0, 1, 2)));
  await Deno.writeFile(join(folder, "secret.bin"), new Uint8Array(8));
  await Deno.symlink(join(folder, "secret.bin"), join(model, "link.bin"));
  const read = (facts: Record<string, string>) => {
    const external_data = Object.entries(facts).map(([key, value]) => ({ key, value }));
    return readTensor(
      { dims: [2], data_type: 1, data_location: 1, external_data, name: "w" },
      externalDataIn(model),
    );
  };
  assert.deepEqual(read({ location: "data/w.bin", offset: "4", length: "8" }).data, Float32Array.of(1, 2));
  assert.deepEqual(read({ location: "data/w.bin", offset: "4" }).data, Float32Array.of(1, 2));
  for (const location of ["../secret.bin", "link.bin", join(folder, "secret.bin"), "data/../../secret.bin"]) {
    assert.throws(() => read({ location }), /below the model's folder/, location);
  }
  assert.throws(
    () => read({ location: "data/w.bin", offset: "8", length: "8" }),
    /Expected 8 bytes .* a file of 12/,
  );
  assert.throws(() => read({ location: "data/w.bin", offset: "99999999999999" }), /bytes of external data/);
  assert.throws(() => read({ location: "data/w.bin", length: "-1" }), /number of bytes as length/);
  assert.throws(
    () => read({ location: "missing.bin" }),
    /missing\.bin: Expected the model's external data .* no such file/,
  );
  assert.throws(() => read({ location: "data" }), /Expected/);
  await Deno.remove(folder, { recursive: true });
});
