import fc from "fast-check";
import assert from "node:assert/strict";
import { readDatum, writeDatum } from "../../../../data/sources/datum.ts";
import type { SourceRecord } from "../../../../data/sources/record_source.ts";
import { decode, encode } from "../../../../proto/codec/binary.ts";
import { CremaError } from "../../../../base/error.ts";

const shapes = fc.record({
  channels: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 200 }),
  label: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
});

function recordOf(
  shape: { channels: number; height: number; width: number; label: number },
  floats: boolean,
) {
  const size = shape.channels * shape.height * shape.width;
  const bytes = Uint8Array.from({ length: size }, (_, i) => i * 13 + shape.label);
  return { ...shape, data: floats ? new Float32Array(bytes) : bytes, encoded: false } satisfies SourceRecord;
}

Deno.test("a record is read as it was written", () => {
  fc.assert(fc.property(shapes, fc.boolean(), (shape, floats) => {
    const record = recordOf(shape, floats);
    assert.deepEqual(readDatum(writeDatum(record)), record);
  }));
});

Deno.test("an encoded record is read as it was written", () => {
  const record = {
    channels: 0,
    height: 0,
    width: 0,
    label: 3,
    data: new Uint8Array([0xff, 0xd8]),
    encoded: true,
  };
  assert.deepEqual(readDatum(writeDatum(record)), record);
});

/** The result of the general codec: a record or an error. */
function byCodec(bytes: Uint8Array): unknown {
  try {
    const {
      channels = 0,
      height = 0,
      width = 0,
      label = 0,
      data = new Uint8Array(),
      float_data,
      encoded = false,
    } = decode("Datum", bytes);
    return readDatum(encode("Datum", {
      channels,
      height,
      width,
      label,
      data,
      encoded,
      ...(float_data === undefined ? {} : { float_data }),
    }));
  } catch (error) {
    assert.ok(error instanceof CremaError, String(error));
    return "an error";
  }
}

Deno.test("damaged bytes are read as by the general codec, or are a CremaError", () => {
  const edits = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })),
    {
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(shapes, fc.boolean(), edits, fc.integer({ min: 0, max: 30 }), (shape, floats, edits, cut) => {
      const bytes = writeDatum(recordOf({ ...shape, width: shape.width % 7 + 1 }, floats)).slice();
      for (const [at, value] of edits) bytes[Math.floor(at * (bytes.length - 1))] = value;
      const damaged = bytes.subarray(0, Math.max(0, bytes.length - cut));
      let found: unknown;
      try {
        found = readDatum(damaged);
      } catch (error) {
        assert.ok(error instanceof CremaError, String(error));
        found = "an error";
      }
      assert.deepEqual(found, byCodec(damaged));
    }),
    { numRuns: 500 },
  );
});

Deno.test("values that do not fill the shape are an error that names both", () => {
  const bytes = encode("Datum", { channels: 1, height: 28, width: 28, data: new Uint8Array(780), label: 1 });
  assert.throws(() => readDatum(bytes), {
    name: "CremaError",
    message: "Expected a Datum of 1x28x28 to have 784 values but found 780",
  });
  assert.throws(() => readDatum(new Uint8Array()), /Expected a Datum of at least 1x1x1 but found 0x0x0/);
});

Deno.test("unknown fields of a later Datum are skipped", () => {
  const bytes = encode("Datum", { channels: 1, height: 1, width: 2, data: new Uint8Array([5, 6]), label: 1 });
  const longer = new Uint8Array([...bytes, 0xf8, 0x3f, 0x07]); // field 1023, varint 7
  assert.deepEqual(readDatum(longer).data, new Uint8Array([5, 6]));
});
