import assert from "node:assert/strict";
import type { RecordBatches } from "../../../../data/prefetch/batch_spec.ts";
import { Prefetcher, type PrefetcherOptions } from "../../../../data/prefetch/prefetcher.ts";
import type { Position } from "../../../../data/sources/record_source.ts";
import { readTransformSettings } from "../../../../data/transform_settings.ts";
import { encode } from "../../../../proto/codec/binary.ts";
import { LmdbWriter } from "../../../../data/sources/lmdb_writer.ts";
import { engine, numbered, numberedLmdb, takeNumbers, temporaryFolder, writeLmdb } from "../fixture.ts";

function prefetcher(
  path: string,
  options: Partial<PrefetcherOptions & RecordBatches> = {},
): Prefetcher {
  const { source, batchSize = 4, transform = readTransformSettings({}, "TRAIN"), shuffle = false, ...rest } =
    options;
  return new Prefetcher({
    library: engine().path,
    batches: { type: "records", source: source ?? { type: "lmdb", path }, batchSize, transform, shuffle },
    slots: 3,
    seed: 11,
    stream: "layer",
    start: { epoch: 0, index: 0 },
    ...rest,
  });
}

function withLmdb(count: number, test: (path: string) => void): () => void {
  return () => {
    using folder = temporaryFolder();
    test(numberedLmdb(`${folder.path}/db`, count));
  };
}

Deno.test(
  "batches come in order across epochs, whatever the number of slots",
  withLmdb(10, (path) => {
    for (const slots of [1, 2, 4, 7]) {
      using ahead = prefetcher(path, { slots });
      for (let batch = 0; batch < 40; batch++) {
        assert.deepEqual(ahead.position, { epoch: Math.floor(batch * 4 / 10), index: batch * 4 % 10 });
        assert.deepEqual(takeNumbers(ahead), [0, 1, 2, 3].map((item) => (batch * 4 + item) % 10));
      }
    }
  }),
);

Deno.test(
  "a batch carries shape, labels and transformed values",
  withLmdb(10, (path) => {
    using ahead = prefetcher(path, {
      transform: readTransformSettings({ scale: 0.5, mean_value: [2] }, "TRAIN"),
    });
    ahead.take(({ tops: [values, labels] }) => {
      const { shape, data } = values!;
      assert.deepEqual(shape, [4, 1, 4, 3]);
      assert.deepEqual(Array.from(labels!.data), [0, 1, 2, 3]);
      const expected = [0, 1, 2, 3].flatMap((index) =>
        Array.from(numbered(index).data, (value) => (value - 2) * 0.5)
      );
      assert.deepEqual(Array.from(data), expected);
    });
  }),
);

/** The contents of the next batches. */
function takeAll(ahead: Prefetcher, batches: number): unknown[] {
  return Array.from({ length: batches }, () => {
    let found: unknown;
    ahead.take(({ tops }) => found = tops.map(({ shape, data }) => ({ shape, data: Array.from(data) })));
    return found;
  });
}

Deno.test(
  "a resumed prefetcher continues as the first would have, with shuffle, crop and mirror",
  withLmdb(10, (path) => {
    const options = {
      shuffle: true,
      transform: readTransformSettings({ crop_size: 2, mirror: true }, "TRAIN"),
    };
    let position: Position;
    let expected: unknown[];
    {
      using straight = prefetcher(path, options);
      takeAll(straight, 7);
      position = straight.position;
      expected = takeAll(straight, 20);
    }
    using resumed = prefetcher(path, { ...options, start: position, slots: 5 });
    assert.deepEqual(takeAll(resumed, 20), expected);
    using other = prefetcher(path, { ...options, start: position, seed: 12 });
    assert.notDeepEqual(takeAll(other, 20), expected);
  }),
);

Deno.test(
  "several prefetchers read one LMDB at once, and are disposed one after the other",
  withLmdb(100, (path) => {
    using first = prefetcher(path);
    const second = prefetcher(path, { start: { epoch: 0, index: 50 } });
    using third = prefetcher(path, { shuffle: true });
    for (let batch = 0; batch < 5; batch++) {
      assert.equal(takeNumbers(first)[0], batch * 4);
      assert.equal(takeNumbers(second)[0], 50 + batch * 4);
      takeNumbers(third);
    }
    second[Symbol.dispose]();
    for (let batch = 5; batch < 15; batch++) {
      assert.equal(takeNumbers(first)[0], batch * 4);
      takeNumbers(third);
    }
  }),
);

Deno.test("a damaged record is an error in its turn, which names it and stays", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/db`;
  {
    using writer = new LmdbWriter(path);
    for (let index = 0; index < 20; index++) {
      if (index === 9) writer.writeBytes("00000009", new Uint8Array([8, 1, 34, 200]));
      else writer.write(numbered(index));
    }
    writer.finish();
  }
  using ahead = prefetcher(path);
  assert.deepEqual(takeNumbers(ahead), [0, 1, 2, 3]);
  assert.deepEqual(takeNumbers(ahead), [4, 5, 6, 7]);
  for (let time = 0; time < 2; time++) {
    assert.throws(() => takeNumbers(ahead), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(
        error.message,
        /^record 9 \(key '00000009'\) of '.*db': Expected a binary Datum but found/,
      );
      return true;
    });
  }
  assert.deepEqual(ahead.position, { epoch: 0, index: 8 });
});

Deno.test("a record whose values do not fill its shape is an error that says so", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/db`;
  {
    using writer = new LmdbWriter(path);
    writer.writeBytes(
      "00000000",
      encode("Datum", { channels: 1, height: 2, width: 2, data: new Uint8Array(3) }),
    );
    writer.finish();
  }
  using ahead = prefetcher(path);
  assert.throws(
    () => takeNumbers(ahead),
    /record 0 \(key '00000000'\) of '.*db': Expected a Datum of 1x2x2 to have 4 values but found 3/,
  );
});

Deno.test("records of a batch have one shape; batches of one record may change it", () => {
  using folder = temporaryFolder();
  const records = [numbered(0), numbered(1), numbered(2, 3, 5, 6), numbered(3), numbered(4, 1, 2, 2)];
  const path = writeLmdb(`${folder.path}/db`, records);
  {
    using ahead = prefetcher(path);
    assert.throws(
      () => takeNumbers(ahead),
      /record 2 .*: Expected the shape 1x4x3 of its batch but found 3x5x6. .*force_color.*batch_size: 1/,
    );
  }
  using ahead = prefetcher(path, { batchSize: 1, slots: 2 });
  for (let batch = 0; batch < 15; batch++) {
    const expected = records[batch % 5]!;
    ahead.take(({ tops: [values] }) => {
      const { channels, height, width } = expected;
      assert.deepEqual(values!.shape, [1, channels, height, width]);
      assert.deepEqual(Array.from(values!.data), Array.from(expected.data));
    });
  }
});

Deno.test("floats are read as floats", () => {
  using folder = temporaryFolder();
  const data = new Float32Array([0.5, -1.25, 3e6]);
  const path = writeLmdb(`${folder.path}/db`, [{
    channels: 1,
    height: 1,
    width: 3,
    label: -1,
    data,
    encoded: false,
  }]);
  using ahead = prefetcher(path, { batchSize: 1 });
  ahead.take(({ tops: [values, labels] }) => {
    assert.deepEqual(new Float32Array(values!.data), data);
    assert.equal(labels!.data[0], -1);
  });
});

Deno.test("a missing source is an error at the first batch", () => {
  using ahead = prefetcher("/nowhere/db");
  assert.throws(() => takeNumbers(ahead), /Expected an LMDB at '\/nowhere\/db' but found nothing/);
});

Deno.test(
  "a start position that does not exist is an error in the first batch",
  withLmdb(3, (path) => {
    using ahead = prefetcher(path, { start: { epoch: 0, index: 3 } });
    assert.throws(() => takeNumbers(ahead), /Expected a record from 0 to 2 in '.*db' but found 3/);
  }),
);

Deno.test(
  "an engine that cannot be loaded is an error in the first batch",
  withLmdb(3, (path) => {
    using ahead = prefetcher(path, { library: "/nowhere/libengine.so" });
    assert.throws(() => takeNumbers(ahead), /Expected the engine '\/nowhere\/libengine.so'/);
  }),
);

Deno.test(
  "a dead Worker is noticed",
  withLmdb(3, (path) => {
    // A pipe acts as a source that never answers: the Worker hangs while it opens the pipe.
    const fifo = `${path}.fifo`;
    assert.ok(new Deno.Command("mkfifo", { args: [fifo] }).outputSync().success);
    const ahead = prefetcher(path, { source: { type: "idx", images: fifo, labels: fifo }, patience: 300 });
    assert.throws(() => takeNumbers(ahead), /no sign of life from its Worker for 0.3 s/);
    // Unblocks the Worker, so that it can be disposed at once.
    Deno.openSync(fifo, { write: true }).close();
    ahead[Symbol.dispose]();
  }),
);

Deno.test(
  "dispose works at once, in the middle of work, and twice",
  withLmdb(100, (path) => {
    for (let batches = 0; batches < 4; batches++) {
      const ahead = prefetcher(path, { slots: 2 });
      for (let batch = 0; batch < batches; batch++) takeNumbers(ahead);
      ahead[Symbol.dispose]();
      ahead[Symbol.dispose]();
      assert.throws(() => takeNumbers(ahead), /found it disposed/);
    }
  }),
);

Deno.test("a prefetcher that is not disposed does not keep the process alive", () => {
  using folder = temporaryFolder();
  const path = numberedLmdb(`${folder.path}/db`, 10);
  const script = `${folder.path}/script.ts`;
  const module = (name: string) => JSON.stringify(import.meta.resolve(`../../../../data/${name}.ts`));
  Deno.writeTextFileSync(
    script,
    `import { Prefetcher } from ${module("prefetch/prefetcher")};
import { readTransformSettings } from ${module("transform_settings")};
const ahead = new Prefetcher({
  library: ${JSON.stringify(engine().path)}, slots: 2, seed: 1, stream: "a", start: { epoch: 0, index: 0 },
  batches: {
    type: "records", source: { type: "lmdb", path: ${JSON.stringify(path)} }, batchSize: 4, shuffle: false,
    transform: readTransformSettings({}, "TRAIN"),
  },
});
ahead.take(({ tops: [, labels] }) => console.log(labels!.data.join()));
`,
  );
  const config = new URL("../../../../deno.json", import.meta.url).pathname;
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, script],
  }).outputSync();
  assert.equal(new TextDecoder().decode(stdout), "0,1,2,3\n", new TextDecoder().decode(stderr));
  assert.equal(code, 0);
});
