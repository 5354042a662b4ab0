import assert from "node:assert/strict";
import { loadSharp } from "../../../../data/images/load_sharp.ts";
import { BatchReader } from "../../../../data/prefetch/batch_reader.ts";
import { DataTransformer } from "../../../../data/prefetch/data_transformer.ts";
import { BatchSlot } from "../../../../data/prefetch/prefetch_channel.ts";
import { RecordStream } from "../../../../data/prefetch/record_stream.ts";
import { DataRandom } from "../../../../data/random.ts";
import type { SourceRecord } from "../../../../data/sources/record_source.ts";
import { readTransformSettings } from "../../../../data/transform_settings.ts";
import type { TransformationParameter } from "../../../../proto/messages.ts";
import { ArraySource, engine } from "../fixture.ts";

/** A record whose values are 0, 1, 2, …, so that a window of it shows where it was. */
function counted(height: number, width: number, channels = 1): SourceRecord {
  const data = Uint8Array.from({ length: channels * height * width }, (_, i) => i);
  return { channels, height, width, label: height, data, encoded: false };
}

/** The same as a grey PNG file. */
async function png(record: SourceRecord): Promise<SourceRecord> {
  const { width, height, label } = record;
  const sharp = await loadSharp();
  const raw = { width, height, channels: 1 } as const;
  const data = new Uint8Array(
    await sharp(record.data as Uint8Array, { raw }).toColourspace("b-w").png().toBuffer(),
  );
  return { channels: 0, height: 0, width: 0, label, data, encoded: true };
}

/** The batches of records, one list of values per record. */
async function batches(
  records: SourceRecord[],
  param: TransformationParameter,
  phase: "TRAIN" | "TEST",
  count = 1,
): Promise<number[][][]> {
  const settings = readTransformSettings(param, phase);
  const random = new DataRandom(1, "layer");
  using stream = new RecordStream(new ArraySource(records), { random });
  const transformer = new DataTransformer(engine(), settings, random, records.length);
  const reader = new BatchReader(stream, settings, transformer, records.length);
  const found: number[][][] = [];
  for (let batch = 0; batch < count; batch++) {
    let slot: BatchSlot | undefined;
    await reader.make((shapes) => {
      slot = new BatchSlot(new SharedArrayBuffer(BatchSlot.bytes(shapes)));
      slot.layOut(shapes);
      return slot;
    });
    const [values, labels] = slot!.tops, { data } = values!;
    assert.deepEqual(Array.from(labels!.data), records.map(({ label }) => label));
    const size = data.length / records.length;
    found.push(records.map((_, item) => Array.from(data.subarray(item * size, (item + 1) * size))));
  }
  return found;
}

const UNLIKE: readonly [height: number, width: number][] = [[4, 4], [5, 6], [5, 6], [8, 3], [4, 4]];

/** The values of a 3x3 window of a counted record. */
function windowAt(top: number, left: number, width: number): number[] {
  return [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => (top + row) * width + left + column));
}

Deno.test("records of unlike size are each cropped in their own middle when testing", async () => {
  const records = UNLIKE.map(([height, width]) => counted(height, width));
  const expected = UNLIKE.map(([height, width]) => windowAt((height - 3) >> 1, (width - 3) >> 1, width));
  assert.deepEqual(await batches(records, { crop_size: 3 }, "TEST"), [expected]);
  // Encoded, and plain records between encoded ones.
  const encoded = await Promise.all(records.map(png));
  assert.deepEqual(await batches(encoded, { crop_size: 3 }, "TEST"), [expected]);
  const mixed = records.map((record, i) => i % 2 === 0 ? record : encoded[i]!);
  assert.deepEqual(await batches(mixed, { crop_size: 3 }, "TEST"), [expected]);
});

Deno.test("records of unlike size are cropped anywhere in their own size when training", async () => {
  const records = UNLIKE.map(([height, width]) => counted(height, width));
  const found = UNLIKE.map(() => new Set<string>());
  for (const batch of await batches(records, { crop_size: 3 }, "TRAIN", 400)) {
    batch.forEach((values, item) => found[item]!.add(values.join()));
  }
  for (const [item, [height, width]] of UNLIKE.entries()) {
    const windows = new Set<string>();
    for (let top = 0; top <= height - 3; top++) {
      for (let left = 0; left <= width - 3; left++) windows.add(windowAt(top, left, width).join());
    }
    assert.deepEqual(found[item], windows);
  }
});

Deno.test("mirror and mean go with each record of unlike size", async () => {
  const records = UNLIKE.map(([height, width]) => counted(height, width));
  const param = { crop_size: 3, mirror: true, mean_value: [2], scale: 0.5 };
  const found = UNLIKE.map(() => new Set<string>());
  for (const batch of await batches(records, param, "TEST", 60)) {
    batch.forEach((values, item) => found[item]!.add(values.join()));
  }
  for (const [item, [height, width]] of UNLIKE.entries()) {
    const plain = windowAt((height - 3) >> 1, (width - 3) >> 1, width).map((value) => (value - 2) / 2);
    const mirrored = [0, 3, 6].flatMap((row) => plain.slice(row, row + 3).reverse());
    assert.deepEqual(found[item], new Set([plain.join(), mirrored.join()]));
  }
});

Deno.test("records that no crop brings to one shape are errors that say what would", async () => {
  const fails = (records: SourceRecord[], param: TransformationParameter, message: RegExp) =>
    assert.rejects(batches(records, param, "TEST"), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      return true;
    });
  const unlike = [counted(4, 4), counted(5, 6)];
  await fails(
    unlike,
    {},
    /record 1 .*the shape 1x4x4 of its batch but found 1x5x6\. .*crop_size.*batch_size: 1/,
  );
  await fails(
    await Promise.all(unlike.map(png)),
    {},
    /record 1 .*the shape 1x4x4 of its batch but found 1x5x6/,
  );
  await fails(
    [counted(4, 4), counted(4, 4, 3)],
    { crop_size: 3 },
    /record 1 .*the shape 1x4x4 of its batch but found 3x4x4\. .*force_color/,
  );
  await fails(
    [counted(4, 4), counted(9, 2)],
    { crop_size: 3 },
    /record 1 .*Expected records of at least 3x3, the crop_size, but found 1x9x2/,
  );
});
