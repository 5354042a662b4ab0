import assert from "node:assert/strict";
import { ndArray } from "../../../../data/arrays/nd_array.ts";
import {
  arraysToBlobprotoVector,
  arrayToBlobproto,
  arrayToDatum,
  blobprotoToArray,
  blobprotoVectorToArrays,
  datumToArray,
} from "../../../../data/arrays/proto_arrays.ts";
import { decode, encode } from "../../../../proto/codec/binary.ts";

const HUNDRED = new Float32Array(100);

Deno.test("stored blobs: legacy sizes, shapes, scalars, and no shape at all", () => {
  const old = blobprotoToArray({ data: HUNDRED, num: 1, channels: 1, height: 10, width: 10 });
  assert.deepEqual(old.shape, [1, 1, 10, 10]);
  assert.deepEqual(blobprotoToArray({ data: HUNDRED, shape: { dim: [10, 10] } }).shape, [10, 10]);
  assert.throws(
    () => blobprotoToArray({ data: HUNDRED }),
    /Expected 1 value for the shape \(\) but found 100/,
  );
  assert.deepEqual(blobprotoToArray({ data: Float32Array.of(123) }), ndArray([], [123]));
  assert.throws(() => blobprotoToArray({ data: HUNDRED, shape: { dim: [9, 10] } }), /but found 100/);
  const doubles = blobprotoToArray({ double_data: Float64Array.of(1, 2), shape: { dim: [2] } });
  assert.deepEqual(doubles, ndArray([2], [1, 2]));
});

Deno.test("arrays and their gradients survive a round trip through a BlobProto", () => {
  const array = ndArray([2, 1, 3], [1, 2, 3, 4, 5, 6]), diff = ndArray([2, 1, 3], [6, 5, 4, 3, 2, 1]);
  const bytes = encode("BlobProto", arrayToBlobproto(array, diff));
  assert.deepEqual(blobprotoToArray(decode("BlobProto", bytes)), array);
  assert.deepEqual(blobprotoToArray(decode("BlobProto", bytes), "diff"), diff);
  assert.throws(
    () => arrayToBlobproto(array, ndArray([6])),
    /gradients of shape \(2, 1, 3\) but found \(6\)/,
  );
  const several = [array, ndArray([], [7])];
  assert.deepEqual(blobprotoVectorToArrays(arraysToBlobprotoVector(several)), several);
});

Deno.test("arrays survive a round trip through a Datum, with or without a label", () => {
  const floats = ndArray([2, 1, 2], [0.5, 1, 1.5, 2]);
  const labelled = encode("Datum", arrayToDatum(floats, 1)), plain = encode("Datum", arrayToDatum(floats));
  assert.ok(labelled.length > plain.length);
  assert.equal(decode("Datum", labelled).label, 1);
  assert.deepEqual(datumToArray(decode("Datum", labelled)), floats);
  const bytes = arrayToDatum({ shape: [1, 1, 3], data: Uint8Array.of(1, 2, 255) }, 4);
  assert.deepEqual(bytes.data, Uint8Array.of(1, 2, 255));
  assert.deepEqual(datumToArray(bytes), ndArray([1, 1, 3], [1, 2, 255]));
  assert.throws(
    () => arrayToDatum(ndArray([10, 10])),
    /Expected an array \(C, H, W\) but found one of shape/,
  );
  assert.throws(
    () => arrayToDatum({ shape: [1, 2, 2], data: Uint8Array.of(1) }),
    /Expected 4 values but found 1/,
  );
  assert.throws(() => datumToArray({ encoded: true, data: Uint8Array.of(1) }), /Give its data to loadImage/);
});
