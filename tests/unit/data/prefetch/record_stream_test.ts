import assert from "node:assert/strict";
import { DataRandom } from "../../../../data/random.ts";
import { RecordStream } from "../../../../data/prefetch/record_stream.ts";
import { CremaError } from "../../../../base/error.ts";
import { ArraySource, numbered } from "../fixture.ts";

const random = new DataRandom(5, "test");
const records = Array.from({ length: 5 }, (_, index) => numbered(index));

function take(stream: RecordStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.next().data[0]!);
}

Deno.test("epochs follow each other in the stored order, whether the count is known or not", () => {
  for (const known of [true, false]) {
    using stream = new RecordStream(new ArraySource(records, known), { random });
    assert.deepEqual(take(stream, 12), [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]);
    assert.deepEqual(stream.position, { epoch: 2, index: 2 });
  }
});

Deno.test("a shuffled epoch has every record once, in its own order", () => {
  using stream = new RecordStream(new ArraySource(records), { shuffle: true, random });
  const epochs = Array.from({ length: 8 }, () => take(stream, 5));
  for (const epoch of epochs) assert.deepEqual(epoch.toSorted(), [0, 1, 2, 3, 4]);
  assert.ok(new Set(epochs.map((epoch) => epoch.join())).size > 4);
});

Deno.test("a stream continues the same after seek as after reading to that position", () => {
  for (const shuffle of [false, true]) {
    for (let start = 0; start < 17; start++) {
      using straight = new RecordStream(new ArraySource(records), { shuffle, random });
      take(straight, start);
      using seeking = new RecordStream(new ArraySource(records), { shuffle, random });
      seeking.seek(straight.position);
      assert.deepEqual(take(seeking, 12), take(straight, 12));
    }
  }
});

Deno.test("impossible positions and sources are errors", () => {
  using stream = new RecordStream(new ArraySource(records), { random });
  assert.throws(
    () => stream.seek({ epoch: 0, index: 5 }),
    /Expected a record from 0 to 4 in 'array' but found 5/,
  );
  assert.throws(
    () => new RecordStream(new ArraySource([]), { random }),
    /Expected records in 'array' but found none/,
  );
  using empty = new RecordStream(new ArraySource([], false), { random });
  assert.throws(() => empty.next(), /Expected records in 'array' but found none/);
  assert.throws(
    () => new RecordStream(new ArraySource(records, false), { shuffle: true, random }),
    /knows its number of records, to shuffle them/,
  );
});

Deno.test("an error about a record names the record", () => {
  const source = new ArraySource(records);
  using stream = new RecordStream(
    Object.assign(source, {
      describe: (index: number) => `key 'k${index}'`,
      read: () => {
        throw new CremaError("Expected bytes but found nonsense");
      },
    }),
    { random },
  );
  assert.throws(() => stream.next(), {
    message: "record 0 (key 'k0') of 'array': Expected bytes but found nonsense",
  });
});
