import assert from "node:assert/strict";
import { decodeRecord, recolourRecord } from "../../../../data/images/encoded_image.ts";
import { Prefetcher } from "../../../../data/prefetch/prefetcher.ts";
import type { SourceRecord } from "../../../../data/sources/record_source.ts";
import { readTransformSettings } from "../../../../data/transform_settings.ts";
import { engine, numbered, temporaryFolder, writeLmdb } from "../fixture.ts";

// Two pixels wide, one high: (R, G, B) = (255, 0, 10) and (20, 200, 100), which are 77 and 134 in grey.
const colourPng =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQI12P4z8AlciIFAAhZAkqnnpAmAAAAAElFTkSuQmCC";
const grayPng =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAC0lEQVQI12PwbQMAASMA1J5eNIYAAAAASUVORK5CYII=";

function encoded(base64: string, label = 0): SourceRecord {
  const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return { channels: 0, height: 0, width: 0, label, data, encoded: true };
}

Deno.test("a colour image is decoded as blue, green, red", async () => {
  for (const forceColor of [false, true]) {
    const record = await decodeRecord(encoded(colourPng, 4), { forceColor, forceGray: false });
    assert.deepEqual(record, {
      channels: 3,
      height: 1,
      width: 2,
      label: 4,
      data: new Uint8Array([10, 100, 0, 200, 255, 20]),
      encoded: false,
    });
  }
});

Deno.test("force_gray and force_color set the number of channels", async () => {
  const values = async (base64: string, forceColor: boolean, forceGray: boolean) =>
    Array.from((await decodeRecord(encoded(base64), { forceColor, forceGray })).data);
  assert.deepEqual(await values(colourPng, false, true), [77, 134]);
  assert.deepEqual(await values(grayPng, false, false), [77, 134]);
  assert.deepEqual(await values(grayPng, false, true), [77, 134]);
  assert.deepEqual(await values(grayPng, true, false), [77, 134, 77, 134, 77, 134]);
});

Deno.test("bytes that are not an image are an error that names the record", async () => {
  const record = { ...encoded(colourPng), data: new Uint8Array([1, 2, 3]) };
  await assert.rejects(
    decodeRecord(record, { forceColor: false, forceGray: false }),
    /Expected an encoded image/,
  );
  using folder = temporaryFolder();
  const path = writeLmdb(`${folder.path}/db`, [encoded(colourPng), record]);
  using ahead = prefetcher(path);
  assert.throws(
    () => ahead.take(() => {}),
    /record 1 \(key '00000001'\) of '.*db': Expected an encoded image but found/,
  );
});

function prefetcher(path: string): Prefetcher {
  return new Prefetcher({
    library: engine().path,
    batches: {
      type: "records",
      source: { type: "lmdb", path },
      batchSize: 3,
      transform: readTransformSettings({ scale: 0.5 }, "TRAIN"),
      shuffle: false,
    },
    slots: 2,
    seed: 1,
    stream: "layer",
    start: { epoch: 0, index: 0 },
  });
}

Deno.test("encoded and plain records are read ahead in order", () => {
  using folder = temporaryFolder();
  const path = writeLmdb(`${folder.path}/db`, [
    encoded(colourPng, 1),
    numbered(2, 3, 1, 2),
    encoded(colourPng, 3),
  ]);
  using ahead = prefetcher(path);
  for (let batch = 0; batch < 5; batch++) {
    ahead.take(({ tops: [values, labels] }) => {
      const { shape, data } = values!;
      assert.deepEqual(shape, [3, 3, 1, 2]);
      assert.deepEqual(Array.from(labels!.data), [1, 2, 3]);
      const image = [5, 50, 0, 100, 127.5, 10];
      const plain = Array.from(numbered(2, 3, 1, 2).data, (value) => value / 2);
      assert.deepEqual(Array.from(data), [...image, ...plain, ...image]);
    });
  }
});

Deno.test("force_color and force_gray set the channels of records that are not encoded, too", () => {
  const record = (channels: number, data: Uint8Array | Float32Array): SourceRecord => ({
    ...{ channels, height: 1, width: 2, label: 3, data, encoded: false },
  });
  const as = (given: SourceRecord, forceColor: boolean) =>
    recolourRecord(given, { forceColor, forceGray: !forceColor });
  const colour = record(3, Uint8Array.of(10, 100, 0, 200, 255, 20));
  assert.deepEqual(as(colour, false), record(1, Uint8Array.of(77, 135)));
  assert.deepEqual(as(record(1, Uint8Array.of(5, 6)), true), record(3, Uint8Array.of(5, 6, 5, 6, 5, 6)));
  assert.deepEqual(
    as(record(3, Float32Array.of(1, 0, 0, 0, 0, 1)), false),
    record(1, Float32Array.of(0.114, 0.299)),
  );
  assert.equal(as(colour, true), colour);
  assert.throws(
    () => as(record(2, new Uint8Array(4)), true),
    /Expected a record of 1 or 3 channels for force_color but found 2/,
  );
});
