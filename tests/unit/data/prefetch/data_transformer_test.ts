import fc from "fast-check";
import assert from "node:assert/strict";
import { DataTransformer } from "../../../../data/prefetch/data_transformer.ts";
import { below, DataRandom } from "../../../../data/random.ts";
import {
  readTransformSettings,
  transformedShape,
  type TransformSettings,
} from "../../../../data/transform_settings.ts";
import { engine } from "../fixture.ts";

/** The output of Caffe's DataTransformer for one record, value by value. */
function reference(
  settings: TransformSettings,
  record: { channels: number; height: number; width: number; data: ArrayLike<number> },
  [top, left]: [number, number],
  mirror: boolean,
): number[] {
  const { channels, height, width, data } = record;
  const rows = settings.cropSize || height, columns = settings.cropSize || width;
  const out: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const at = (c * height + top + y) * width + left + (mirror ? columns - 1 - x : x);
        const { mean, meanShape } = settings;
        const subtract = meanShape !== undefined
          ? mean[at]!
          : mean.length === 0
          ? 0
          : mean[mean.length === 1 ? 0 : c]!;
        out.push(Math.fround(Math.fround(data[at]! - subtract) * Math.fround(settings.scale)));
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

Deno.test("a batch is transformed as in Caffe", () => {
  fc.assert(
    fc.property(
      cases,
      ({ channels, height, width, count, crop, mirror, floats, mean, scale, phase, seed }) => {
        const size = channels * height * width;
        const values = Float32Array.from({ length: size }, (_, i) => (i * 37 % 101) + 0.5);
        const cropSize = crop ? 1 + seed % Math.min(height, width) : 0;
        const settings: TransformSettings = {
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
        const transformer = new DataTransformer(engine(), settings, random, count);
        const shape = { channels, height, width };
        const target = transformedShape(settings, shape);
        const targetSize = target.channels * target.height * target.width;
        const out = new Float32Array(count * targetSize);
        for (let item = 0; item < count; item++) transformer.choose(item, shape, { epoch: 1, index: item });
        transformer.run(records, count, shape, out);

        for (let item = 0; item < count; item++) {
          const [flip, top, left] = new DataRandom(seed, "layer").augment({ epoch: 1, index: item });
          const vertical = height - target.height, horizontal = width - target.width;
          const window: [number, number] = phase === "TRAIN"
            ? [below(top!, vertical + 1), below(left!, horizontal + 1)]
            : [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
          const expected = reference(
            settings,
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

Deno.test("every crop and flip occurs, each about as often", () => {
  const settings = readTransformSettings({ crop_size: 3, mirror: true }, "TRAIN");
  const shape = { channels: 1, height: 4, width: 5 };
  const transformer = new DataTransformer(engine(), settings, new DataRandom(1, "layer"), 1);
  const record = Uint8Array.from({ length: 20 }, (_, i) => i);
  const counts = new Map<string, number>();
  const out = new Float32Array(9);
  for (let index = 0; index < 2400; index++) {
    transformer.choose(0, shape, { epoch: 0, index });
    transformer.run(record, 1, shape, out);
    const key = out.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 2 * 3 * 2);
  for (const count of counts.values()) assert.ok(Math.abs(count - 200) < 70, `found ${count}`);
});

Deno.test("a test net also mirrors at random, as in Caffe, but crops the centre", () => {
  const settings = readTransformSettings({ crop_size: 2, mirror: true }, "TEST");
  const transformer = new DataTransformer(engine(), settings, new DataRandom(1, "layer"), 1);
  const found = new Set<string>();
  const out = new Float32Array(4);
  for (let index = 0; index < 50; index++) {
    transformer.choose(0, { channels: 1, height: 4, width: 4 }, { epoch: 0, index });
    transformer.run(
      Uint8Array.from({ length: 16 }, (_, i) => i),
      1,
      { channels: 1, height: 4, width: 4 },
      out,
    );
    found.add(out.join());
  }
  assert.deepEqual(found, new Set(["5,6,9,10", "6,5,10,9"]));
});

Deno.test("reading outside of the records is refused", () => {
  const settings = readTransformSettings({ crop_size: 3 }, "TRAIN");
  const transformer = new DataTransformer(engine(), settings, new DataRandom(1, "layer"), 2);
  const shape = { channels: 1, height: 4, width: 4 };
  assert.throws(() => transformer.run(new Uint8Array(31), 2, shape, new Float32Array(18)), RangeError);
  assert.throws(() => transformer.run(new Uint8Array(32), 2, shape, new Float32Array(17)), RangeError);
  // A window that was chosen for a taller record does not fit.
  transformer.choose(0, { channels: 1, height: 400, width: 400 }, { epoch: 0, index: 0 });
  assert.throws(
    () => transformer.run(new Uint8Array(16), 1, shape, new Float32Array(9)),
    /Expected a window within the record but found one at/,
  );
});
