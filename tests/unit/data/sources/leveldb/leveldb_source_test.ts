import assert from "node:assert/strict";
import { LeveldbSource } from "../../../../../data/sources/leveldb/leveldb_source.ts";
import { decompressSnappy } from "../../../../../data/sources/leveldb/snappy.ts";
import { crc32c } from "../../../../../base/crc32c.ts";
import { writeDatum } from "../../../../../data/sources/datum.ts";
import { numbered, temporaryFolder, writeLmdb } from "../../fixture.ts";
import { leveldbPath, writeLeveldb } from "./leveldb_library.ts";
import { SAMPLE, SAMPLE_RECORDS } from "./sample.ts";

function numbersOf(source: LeveldbSource): number[] {
  const numbers: number[] = [];
  for (let record; (record = source.read()) !== undefined;) numbers.push(record.data[0]!);
  return numbers;
}

/** A copy of the sample in which `change` has changed a file. */
function changed(folder: string, file: string, change: (bytes: Uint8Array) => Uint8Array): string {
  const copy = `${folder}/db`;
  Deno.mkdirSync(copy, { recursive: true });
  for (const { name } of Deno.readDirSync(SAMPLE)) {
    const bytes = Deno.readFileSync(`${SAMPLE}${name}`);
    Deno.writeFileSync(`${copy}/${name}`, name === file ? change(bytes) : bytes);
  }
  return copy;
}

const ALL = Array.from({ length: SAMPLE_RECORDS }, (_, i) => i);

for (const listed of [false, true]) {
  Deno.test(`a LevelDB of tables, overwritten and deleted keys and a log is read in order, ${listed ? "" : "not "}listed`, () => {
    using source = new LeveldbSource(SAMPLE, { listed });
    assert.equal(source.count, listed ? SAMPLE_RECORDS : undefined);
    for (let epoch = 0; epoch < 2; epoch++) {
      assert.deepEqual(numbersOf(source), ALL);
      assert.equal(source.read(), undefined);
      source.seek(0);
    }
    for (const index of [70, 3, 4, 89, 0, 59, 60]) {
      source.seek(index);
      assert.deepEqual(source.read(), numbered(index));
      assert.equal(source.describe(index), `key '${String(index).padStart(8, "0")}'`);
    }
  });
}

Deno.test("any wrong byte of a LevelDB is an error, or changes nothing", () => {
  using folder = temporaryFolder();
  let errors = 0;
  for (
    const { name, size } of [...Deno.readDirSync(SAMPLE)].map(({ name }) => ({
      name,
      ...Deno.statSync(SAMPLE + name),
    }))
  ) {
    for (let at = 0; at < size; at += name.endsWith(".log") ? 5003 : 31) {
      const db = changed(folder.path, name, (bytes) => {
        bytes[at]! ^= 0x41;
        return bytes;
      });
      try {
        using source = new LeveldbSource(db);
        assert.deepEqual(numbersOf(source), ALL, `byte ${at} of ${name}`);
      } catch (error) {
        if ((error as Error).name !== "CremaError") throw error;
        errors++;
      }
    }
  }
  assert.ok(errors > 50, `${errors}`);
});

Deno.test("a LevelDB whose files are cut off is an error that names the file", () => {
  using folder = temporaryFolder();
  for (const name of ["000005.ldb", "000009.ldb", "000010.log", "MANIFEST-000008"]) {
    for (const share of [0.2, 0.5, 0.99]) {
      const db = changed(folder.path, name, (bytes) => bytes.subarray(0, share * bytes.length));
      assert.throws(() => {
        using source = new LeveldbSource(db);
        numbersOf(source);
      }, new RegExp(`${name.replace(".", "\\.")}' but found`));
    }
  }
});

Deno.test("paths that are no LevelDB get an error that says what they are", () => {
  using folder = temporaryFolder();
  assert.throws(
    () => new LeveldbSource(`${folder.path}/no`),
    /Expected a LevelDB at '.*no' but found no such folder/,
  );
  assert.throws(() => new LeveldbSource(folder.path), /found no file CURRENT/);
  writeLmdb(`${folder.path}/lmdb`, [numbered(0)]);
  assert.throws(() => new LeveldbSource(`${folder.path}/lmdb`), /found an LMDB\. Say `backend: LMDB`/);
  using source = new LeveldbSource(SAMPLE);
  source.seek(SAMPLE_RECORDS + 1);
  assert.throws(() => source.read(), /Expected more than 91 records in .* but found 90/);
});

Deno.test("crc32c and Snappy agree with their specifications", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa); // RFC 3720, B.4
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  const text = (bytes: number[]) => new TextDecoder().decode(decompressSnappy(new Uint8Array(bytes)));
  assert.equal(text([0]), "");
  // A copy with a two-byte offset, which overlaps what it makes.
  assert.equal(text([9, 0, 97, (8 - 1) << 2 | 2, 1, 0]), "aaaaaaaaa");
  // One with a four-byte offset, and a literal whose length has a byte of its own.
  assert.equal(text([4, 60 << 2, 1, 97, 98, 1 << 2 | 3, 2, 0, 0, 0]), "abab");
  for (const damaged of [[5, 0, 97], [3, 4, 97, 98, 1 << 2 | 2, 9, 0], [1, 0], [200, 1, 0, 97]]) {
    assert.throws(() => decompressSnappy(new Uint8Array(damaged)), RangeError);
  }
});

Deno.test({
  name: "a large LevelDB of many tables and levels is read as Google's library wrote it",
  ignore: leveldbPath === undefined,
  fn() {
    using folder = temporaryFolder();
    const db = `${folder.path}/db`, count = 4000;
    const value = (index: number) => writeDatum(numbered(index, 1, 10, 20)) as Uint8Array<ArrayBuffer>;
    const key = (index: number) => String(index).padStart(8, "0");
    // In no order, some twice, so that levels overlap.
    const order = Array.from({ length: count }, (_, i) => (i * 1237) % count);
    writeLeveldb(db, order.map((index) => [key(index), value(index + 1)]), { writeBuffer: 65536 });
    writeLeveldb(db, order.map((index) => [key(index), value(index)]), {
      writeBuffer: 65536,
      compressed: false,
    });
    const odd = order.filter((index) => index % 2 === 1).slice(0, 100);
    writeLeveldb(db, odd.map((index) => [key(index), undefined] as const), { writeBuffer: 65536 });
    const left = Array.from({ length: count }, (_, i) => i).filter((index) => !odd.includes(index));
    for (const listed of [false, true]) {
      using source = new LeveldbSource(db, { listed });
      for (const index of left) assert.deepEqual(source.read(), numbered(index, 1, 10, 20));
      assert.equal(source.read(), undefined);
    }
  },
});
