import assert from "node:assert/strict";
import { decode, encode } from "../../../../proto/codec/binary.ts";

const floats = (...values: number[]) => [...new Uint8Array(new Float32Array(values).buffer)];
const doubles = (...values: number[]) => [...new Uint8Array(new Float64Array(values).buffer)];

Deno.test("weights come back as typed arrays, NaN bits and signs included", () => {
  const data = new Float32Array([1, -0, NaN, Infinity, 1e-45]);
  const blob = decode(
    "BlobProto",
    encode("BlobProto", { data, diff: new Float32Array([2]), num: 1, channels: 5 }),
  );
  assert.ok(blob.data instanceof Float32Array);
  assert.deepEqual(blob, { data, diff: new Float32Array([2]), num: 1, channels: 5 });
});

Deno.test("values written one by one and in several runs are joined, as protobuf requires", () => {
  const bytes = new Uint8Array([
    ...[0x2d, ...floats(1)], // data, unpacked
    ...[0x2a, 8, ...floats(2, 3)], // data, packed
    ...[0x41, ...doubles(0.5)], // double_data, unpacked
    ...[0x2d, ...floats(4)],
    ...[0x3a, 2, 0x08, 2], // shape, unpacked dim
    ...[0x3a, 3, 0x0a, 1, 2], // shape again, packed dim
    ...[0x08, 7], // num
  ]);
  assert.deepEqual(decode("BlobProto", bytes), {
    data: new Float32Array([1, 2, 3, 4]),
    double_data: new Float64Array([0.5]),
    shape: { dim: [2, 2] },
    num: 7,
  });
});

Deno.test("the arrays do not keep the file's bytes alive and do not change with them", () => {
  const bytes = encode("BlobProto", { data: new Float32Array([1, 2]) });
  const blob = decode("BlobProto", bytes);
  bytes.fill(0);
  assert.deepEqual(blob.data, new Float32Array([1, 2]));
  assert.equal(blob.data!.buffer.byteLength, 8);
});

Deno.test("a view into a larger array is written as that view", () => {
  const memory = new Float32Array([9, 1, 2, 9]);
  assert.deepEqual(
    decode("BlobProto", encode("BlobProto", { data: memory.subarray(1, 3) })).data,
    new Float32Array([1, 2]),
  );
});

Deno.test("plain arrays are accepted too", () => {
  const blob = { data: [1, 2] } as unknown as { data: Float32Array };
  assert.deepEqual(decode("BlobProto", encode("BlobProto", blob)).data, new Float32Array([1, 2]));
});

Deno.test("floats cut in the middle are refused", () => {
  assert.throws(() => decode("BlobProto", new Uint8Array([0x2a, 3, 0, 0, 0])), { name: "CremaError" });
  assert.throws(() => decode("BlobProto", new Uint8Array([0x2a, 200, 1, 0, 0])), { name: "CremaError" });
});

Deno.test("a million weights inside a net", () => {
  const data = Float32Array.from({ length: 1 << 20 }, (_, i) => Math.sin(i));
  const net = { layer: [{ name: "fc", blobs: [{ shape: { dim: [1 << 20] }, data }] }] };
  assert.deepEqual(decode("NetParameter", encode("NetParameter", net)).layer![0]!.blobs![0]!.data, data);
});
