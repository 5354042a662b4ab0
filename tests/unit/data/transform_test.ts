import fc from "fast-check";
import assert from "node:assert/strict";
import { below, DataRandom } from "../../../data/random.ts";
import { BatchTransform, readTransform, type Transform, transformedShape } from "../../../data/transform.ts";
import { encode } from "../../../proto/codec/binary.ts";
import type { TransformationParameter } from "../../../proto/messages.ts";
import { engine, temporaryFolder } from "./fixture.ts";

/** What Caffe's DataTransformer makes of one record, value by value. */
function reference(
  transform: Transform,
  record: { channels: number; height: number; width: number; data: ArrayLike<number> },
  [top, left]: [number, number],
  mirror: boolean,
): number[] {
  const { channels, height, width, data } = record;
  const rows = transform.cropSize || height, columns = transform.cropSize || width;
  const out: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const at = (c * height + top + y) * width + left + (mirror ? columns - 1 - x : x);
        const { mean, meanShape } = transform;
        const subtract = meanShape !== undefined
          ? mean[at]!
          : mean.length === 0
          ? 0
          : mean[mean.length === 1 ? 0 : c]!;
        out.push(Math.fround(Math.fround(data[at]! - subtract) * Math.fround(transform.scale)));
      }
    }
  }
  return out;
}

const cases = fc.record({
  channels: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 1, max: 20 }),
  width: fc.integer({ min: 1, max: 40 }),
  count: fc.integer({ min: 1, max: 5 }),
  crop: fc.boolean(),
  mirror: fc.boolean(),
  floats: fc.boolean(),
  mean: fc.constantFrom("none", "one", "channels", "image"),
  scale: fc.constantFrom(1, 0.00390625, 0.017, -3),
  phase: fc.constantFrom("TRAIN" as const, "TEST" as const),
  seed: fc.nat(),
});

Deno.test("a batch is transformed as Caffe does it", () => {
  fc.assert(
    fc.property(
      cases,
      ({ channels, height, width, count, crop, mirror, floats, mean, scale, phase, seed }) => {
        const size = channels * height * width;
        const values = Float32Array.from({ length: size }, (_, i) => (i * 37 % 101) + 0.5);
        const cropSize = crop ? 1 + seed % Math.min(height, width) : 0;
        const transform: Transform = {
          phase,
          scale,
          mirror,
          cropSize,
          mean: {
            none: new Float32Array(),
            one: values.slice(0, 1),
            channels: values.slice(0, channels),
            image: values,
          }[mean]!,
          meanShape: mean === "image" ? { channels, height, width } : undefined,
          forceColor: false,
          forceGray: false,
        };
        const bytes = Uint8Array.from({ length: count * size }, (_, i) => i * 11 + seed);
        const records = floats ? Float32Array.from(bytes, (value) => value / 3) : bytes;
        const random = new DataRandom(seed, "layer");
        const batch = new BatchTransform(engine(), transform, random, count);
        const shape = { channels, height, width };
        const target = transformedShape(transform, shape);
        const targetSize = target.channels * target.height * target.width;
        const out = new Float32Array(count * targetSize);
        for (let item = 0; item < count; item++) batch.choose(item, shape, { epoch: 1, index: item });
        batch.run(records, count, shape, out);

        for (let item = 0; item < count; item++) {
          const [flip, top, left] = new DataRandom(seed, "layer").augment({ epoch: 1, index: item });
          const vertical = height - target.height, horizontal = width - target.width;
          const window: [number, number] = phase === "TRAIN"
            ? [below(top!, vertical + 1), below(left!, horizontal + 1)]
            : [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
          const expected = reference(
            transform,
            { ...shape, data: records.subarray(item * size, (item + 1) * size) },
            cropSize > 0 ? window : [0, 0],
            mirror && below(flip!, 2) === 1,
          );
          assert.deepEqual(Array.from(out.subarray(item * targetSize, (item + 1) * targetSize)), expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("windows and flips reach all there is, and each about as often", () => {
  const transform = readTransform({ crop_size: 3, mirror: true }, "TRAIN");
  const shape = { channels: 1, height: 4, width: 5 };
  const batch = new BatchTransform(engine(), transform, new DataRandom(1, "layer"), 1);
  const record = Uint8Array.from({ length: 20 }, (_, i) => i);
  const counts = new Map<string, number>();
  const out = new Float32Array(9);
  for (let index = 0; index < 2400; index++) {
    batch.choose(0, shape, { epoch: 0, index });
    batch.run(record, 1, shape, out);
    const key = out.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 2 * 3 * 2);
  for (const count of counts.values()) assert.ok(Math.abs(count - 200) < 70, `found ${count}`);
});

Deno.test("a test net mirrors at random as well, as Caffe's does, but crops in the middle", () => {
  const transform = readTransform({ crop_size: 2, mirror: true }, "TEST");
  const batch = new BatchTransform(engine(), transform, new DataRandom(1, "layer"), 1);
  const found = new Set<string>();
  const out = new Float32Array(4);
  for (let index = 0; index < 50; index++) {
    batch.choose(0, { channels: 1, height: 4, width: 4 }, { epoch: 0, index });
    batch.run(Uint8Array.from({ length: 16 }, (_, i) => i), 1, { channels: 1, height: 4, width: 4 }, out);
    found.add(out.join());
  }
  assert.deepEqual(found, new Set(["5,6,9,10", "6,5,10,9"]));
});

Deno.test("a mean file is read, in its old and its new form", () => {
  using folder = temporaryFolder();
  const data = new Float32Array([1, 2, 3, 4, 5, 6]);
  const blobs = [
    { shape: { dim: [1, 1, 2, 3] }, data },
    { shape: { dim: [1, 2, 3] }, data },
    { num: 1, channels: 1, height: 2, width: 3, data },
  ];
  for (const [i, blob] of blobs.entries()) {
    Deno.writeFileSync(`${folder.path}/mean${i}.binaryproto`, encode("BlobProto", blob));
    // Looked up beside the prototxt.
    const transform = readTransform(
      { mean_file: `mean${i}.binaryproto` },
      "TEST",
      `${folder.path}/net.prototxt`,
    );
    assert.deepEqual(transform.mean, data);
    assert.deepEqual(transform.meanShape, { channels: 1, height: 2, width: 3 });
  }
});

Deno.test("contradictions and misfits are errors", () => {
  using folder = temporaryFolder();
  const file = (name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(`${folder.path}/${name}`, bytes);
    return `${folder.path}/${name}`;
  };
  const fails = (param: TransformationParameter, message: RegExp) =>
    assert.throws(
      () => transformedShape(readTransform(param, "TRAIN"), { channels: 3, height: 8, width: 6 }),
      (error: Error) => error.name === "CremaError" && message.test(error.message),
    );
  const mean = file("mean", encode("BlobProto", { shape: { dim: [1, 1, 2, 2] }, data: new Float32Array(4) }));
  const wrong = file(
    "wrong",
    encode("BlobProto", { shape: { dim: [2, 1, 2, 2] }, data: new Float32Array(8) }),
  );
  fails({ mean_file: mean, mean_value: [1] }, /Expected mean_file or mean_value but found both/);
  fails({ force_color: true, force_gray: true }, /Expected force_color or force_gray but found both/);
  fails({ crop_size: 7 }, /Expected records of at least 7x7, the crop_size, but found 3x8x6/);
  fails({ mean_value: [1, 2] }, /Expected 1 or 3 mean_value, one a channel, but found 2/);
  fails({ mean_file: mean }, /Expected records of 1x2x2, the shape of the mean_file, but found 3x8x6/);
  fails({ mean_file: wrong }, /Expected a mean image of \(1, C, H, W\) but found 8 values of \(2, 1, 2, 2\)/);
  fails({ mean_file: `${folder.path}/none` }, /none: Expected a mean_file but found none/);
  fails(
    { mean_file: file("text", new TextEncoder().encode("hello: 1\n")) },
    /Expected a binary BlobProto but found text/,
  );
});

Deno.test("the engine refuses what would read outside of the records", () => {
  const transform = readTransform({ crop_size: 3 }, "TRAIN");
  const batch = new BatchTransform(engine(), transform, new DataRandom(1, "layer"), 2);
  const shape = { channels: 1, height: 4, width: 4 };
  assert.throws(() => batch.run(new Uint8Array(31), 2, shape, new Float32Array(18)), RangeError);
  assert.throws(() => batch.run(new Uint8Array(32), 2, shape, new Float32Array(17)), RangeError);
  // Windows of taller records do not fit here.
  batch.choose(0, { channels: 1, height: 400, width: 400 }, { epoch: 0, index: 0 });
  assert.throws(
    () => batch.run(new Uint8Array(16), 1, shape, new Float32Array(9)),
    /Expected a window within the record but found one at/,
  );
});
