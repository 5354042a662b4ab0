import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { loadSharp } from "../../../../data/images/load_sharp.ts";
import { type NetworkInput, readNetworkInput } from "../../../../data/arrays/network_input.ts";
import { CremaError } from "../../../../base/error.ts";

const idx = (type: number, shape: number[], values: number[]) => {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length), view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
};
const images = (input: NetworkInput) => "images" in input ? input.images : [];
const read = (bytes: Uint8Array, shape: number[], format?: "image" | "idx" | "raw") =>
  readNetworkInput(bytes, { shape, name: "given", format });

Deno.test("IDX files become images with values from 0 to 1 and channels last", async () => {
  const grey = idx(8, [2, 1, 2], [0, 255, 51, 102]);
  for (const bytes of [grey, new Uint8Array(gzipSync(grey))]) {
    const found = images(await read(bytes, [1, 1, 1, 2]));
    assert.deepEqual(found.map(({ shape }) => shape), [[1, 2, 1], [1, 2, 1]]);
    assert.deepEqual(found.map(({ data }) => [...data]), [[0, 1], [Math.fround(0.2), Math.fround(0.4)]]);
  }
  const [color] = images(await read(idx(8, [1, 3, 1, 2], [0, 255, 255, 0, 0, 0]), [1, 3, 1, 2]));
  assert.deepEqual(color!.shape, [1, 2, 3]);
  assert.deepEqual([...color!.data], [0, 1, 0, 1, 0, 0]);
  const [one] = images(await read(idx(8, [1, 2], [255, 0]), [1, 1, 1, 2]));
  assert.deepEqual([...one!.data], [1, 0]);
});

Deno.test("images get the number of channels that the net takes", async () => {
  const sharp = await loadSharp();
  const image = sharp(new Uint8Array([255, 0, 0]), { raw: { width: 1, height: 1, channels: 3 } });
  for (const format of ["png", "webp", "tiff", "gif"] as const) {
    const bytes = new Uint8Array(
      await image.clone().toFormat(format, { lossless: true } as object).toBuffer(),
    );
    const [color] = images(await read(bytes, [1, 3, 1, 1]));
    assert.deepEqual(color!.shape, [1, 1, 3]);
    for (const [i, value] of [1, 0, 0].entries()) assert.ok(Math.abs(color!.data[i]! - value) < 0.02, format);
    const [grey] = images(await read(bytes, [1, 1, 1, 1]));
    assert.deepEqual(grey!.shape, [1, 1, 1]);
  }
});

Deno.test("bytes that do not fit the net are refused, naming the input", async () => {
  const raw = new Uint8Array(12);
  for (
    const [bytes, shape, message] of [
      [new Uint8Array(), [1, 2], "given: Expected an input but found no bytes"],
      [
        raw.fill(1),
        [1, 2],
        "given: Expected an image, an IDX file, or 8 bytes (2 float32 values) per example",
      ],
      [
        idx(8, [2, 1, 2], [0, 0, 0, 0]),
        [1, 2],
        "given: Expected raw values, for the net's input of shape (1, 2)",
      ],
      [idx(8, [2, 1, 2], [0, 0, 0, 0]), [1, 3, 1, 2], "given: Expected images of 3 channels but found"],
      [
        idx(8, [2, 1, 2], [0, 0, 0]),
        [1, 1, 1, 2],
        "given: Expected 20 bytes for an array of 2x1x2 but found 19",
      ],
      [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]), [1, 1, 1, 1], "given: Expected an image but found"],
      [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]), [1, 2, 1, 1], "given: Expected 2 channels"],
      [new Uint8Array([0x1f, 0x8b, 0]), [1, 1, 1, 1], "given: Expected a whole gzip file"],
    ] as const
  ) {
    await assert.rejects(read(bytes, [...shape]), (error) => {
      assert.ok(error instanceof CremaError);
      assert.ok(error.message.startsWith(message), error.message);
      return true;
    });
  }
});

Deno.test("an explicit format overrides the first bytes", async () => {
  const bytes = idx(8, [1, 1, 4], [0, 0, 0, 0]);
  assert.deepEqual(await read(bytes, [1, 5], "raw"), {
    values: new Float32Array(new Uint8Array(bytes).buffer),
  });
});

/** A .npy file as NumPy's `save` writes it. */
const npy = (descr: string, shape: readonly number[], values: Uint8Array) => {
  const header =
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}${
      shape.length === 1 ? "," : ""
    }), }`.padEnd(117) + "\n";
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
    118,
    0,
    ...new TextEncoder().encode(header),
    ...values,
  ]);
};

Deno.test("a .npy file holds values of the input's shape, or images as classify.py takes them", async () => {
  const floats = new Uint8Array(new Float32Array([0, 0.25, 0.5, 0.75, 1, 0]).buffer);
  const doubles = new Uint8Array(new Float64Array([1, 2]).buffer);
  assert.deepEqual(await read(npy("<f4", [1, 3, 1, 2], floats), [8, 3, 1, 2]), {
    values: new Float32Array([0, 0.25, 0.5, 0.75, 1, 0]),
  });
  assert.deepEqual(await read(npy("<f8", [2], doubles), [8, 2]), { values: new Float32Array([1, 2]) });
  const [image] = images(await read(npy("<f4", [2, 1, 3], floats), [8, 3, 5, 5]));
  assert.deepEqual([image!.shape, [...image!.data]], [[2, 1, 3], [0, 0.25, 0.5, 0.75, 1, 0]]);
  const bytes = images(
    await read(npy("|u1", [2, 1, 1, 3], Uint8Array.of(0, 51, 255, 0, 0, 0)), [8, 3, 5, 5]),
  );
  assert.deepEqual(bytes.map(({ shape, data }) => [shape, [...data]]), [
    [[1, 1, 3], [0, Math.fround(0.2), 1]],
    [[1, 1, 3], [0, 0, 0]],
  ]);
  await assert.rejects(
    read(npy("<f4", [6], floats), [8, 3, 5, 5]),
    /given: Expected an array \(N, 3, 5, 5\), or images \(N, H, W, 3\), but found \(6\)/,
  );
  await assert.rejects(
    read(npy("<i8", [1], doubles.subarray(8)), [8, 1]),
    /Expected a \.npy array but found values of type '<i8'/,
  );
  await assert.rejects(
    read(npy("<f8", [3], doubles), [8, 3]),
    /found 16 bytes of values where \(3\) takes 24/,
  );
  await assert.rejects(
    read(npy("<f8", [3], doubles).subarray(0, 60), [8, 3]),
    /found that its header is cut off/,
  );
});

Deno.test("an image is turned as its EXIF orientation says, as data layers turn it in training", async () => {
  const sharp = await loadSharp();
  const raw = { width: 2, height: 1, channels: 3 } as const;
  const bytes = new Uint8Array(
    await sharp(Uint8Array.of(255, 0, 0, 0, 0, 255), { raw }).withMetadata({ orientation: 6 }).png()
      .toBuffer(),
  );
  const [image] = images(await read(bytes, [1, 3, 1, 2]));
  // A quarter turn clockwise: red above, blue below.
  assert.deepEqual([image!.shape, [...image!.data]], [[2, 1, 3], [1, 0, 0, 0, 0, 1]]);
});
