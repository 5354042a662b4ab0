import assert from "node:assert/strict";
import { LmdbSource } from "../../../../data/sources/lmdb_source.ts";
import { LmdbWriter } from "../../../../data/sources/lmdb_writer.ts";
import type { RecordSource, SourceRecord } from "../../../../data/sources/record_source.ts";
import { numbered, numberedLmdb, temporaryFolder, writeLmdb } from "../fixture.ts";

/** All records from the source's position on, each with a copy of its bytes. */
function readAll(source: RecordSource): SourceRecord[] {
  const records: SourceRecord[] = [];
  for (let record = source.read(); record !== undefined; record = source.read()) {
    records.push({ ...record, data: record.data.slice() });
  }
  return records;
}

Deno.test("an LMDB is read as it was written, with Caffe's keys", () => {
  using folder = temporaryFolder();
  const path = numberedLmdb(`${folder.path}/db`, 2345);
  using source = new LmdbSource(path);
  assert.equal(source.count, 2345);
  assert.deepEqual(readAll(source), Array.from({ length: 2345 }, (_, i) => numbered(i)));
  assert.equal(source.describe(1234), "key '00001234'");
  assert.deepEqual(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), ["db"]);
});

Deno.test("seek finds any record, forwards and backwards", () => {
  using folder = temporaryFolder();
  using source = new LmdbSource(numberedLmdb(`${folder.path}/db`, 300));
  for (const index of [5, 6, 299, 0, 298, 17, 17, 18, 0, 1, 299]) {
    source.seek(index);
    assert.deepEqual(source.read(), numbered(index));
  }
  assert.equal(source.read(), undefined);
  source.seek(300);
  assert.equal(source.read(), undefined);
  for (const index of [301, -1, 0.5]) {
    assert.throws(() => source.seek(index), /Expected a record from 0 to 299/);
  }
});

Deno.test("a database with several levels of branch pages is read in order, and from any record on", () => {
  using folder = temporaryFolder();
  const records = Array.from({ length: 700 }, (_, index) => numbered(index, 1, 1, 1900));
  using source = new LmdbSource(writeLmdb(`${folder.path}/db`, records));
  for (let epoch = 0; epoch < 2; epoch++) {
    source.seek(0);
    assert.deepEqual(readAll(source), records);
  }
  for (const index of [699, 3, 350, 351]) {
    source.seek(index);
    assert.deepEqual(source.read(), records[index]);
  }
});

Deno.test("the map grows as needed, and records of any size fit", () => {
  using folder = temporaryFolder();
  const records = [numbered(1), numbered(2, 3, 200, 200), numbered(3, 3, 700, 500), numbered(4)];
  const path = writeLmdb(`${folder.path}/db`, records, { mapSize: 64 * 1024, batch: 2 });
  using source = new LmdbSource(path);
  assert.deepEqual(readAll(source), records);
});

Deno.test("records come in the order of their keys", () => {
  using folder = temporaryFolder();
  {
    using writer = new LmdbWriter(`${folder.path}/db`);
    for (const index of [2, 0, 1]) writer.write(numbered(index), `key-${index}`);
    writer.finish();
  }
  using source = new LmdbSource(`${folder.path}/db`);
  assert.deepEqual(readAll(source).map(({ label }) => label), [0, 1, 2]);
});

Deno.test("an LMDB that is not finished leaves nothing behind", () => {
  using folder = temporaryFolder();
  {
    using writer = new LmdbWriter(`${folder.path}/db`, { batch: 10 });
    for (let index = 0; index < 25; index++) writer.write(numbered(index));
  }
  assert.deepEqual(Array.from(Deno.readDirSync(folder.path)), []);
});

Deno.test("an LMDB is replaced only on request, and stays readable where it is open", () => {
  using folder = temporaryFolder();
  const path = numberedLmdb(`${folder.path}/db`, 3);
  assert.throws(() => new LmdbWriter(path), /Expected no file or folder '.*db' but found one/);
  using old = new LmdbSource(path);
  writeLmdb(path, [numbered(9)], { overwrite: true });
  using source = new LmdbSource(path);
  assert.equal(source.count, 1);
  assert.deepEqual(readAll(old), [0, 1, 2].map((index) => numbered(index)));
  assert.deepEqual(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), ["db"]);
});

Deno.test("a writer refuses records after finish, and keys that LMDB cannot store", () => {
  using folder = temporaryFolder();
  using writer = new LmdbWriter(`${folder.path}/db`);
  assert.throws(() => writer.write(numbered(0), ""), /Expected a key of 1 to 511 bytes but found 0/);
  assert.throws(() => writer.write(numbered(0), "k".repeat(512)), /but found 512/);
  writer.finish();
  writer.finish();
  assert.throws(() => writer.write(numbered(0)), /to be open but found it finished/);
});

Deno.test("paths that are not an LMDB get an error that says what they are", () => {
  using folder = temporaryFolder();
  const make = (name: string, file: string, contents = "x") => {
    Deno.mkdirSync(`${folder.path}/${name}`);
    Deno.writeTextFileSync(`${folder.path}/${name}/${file}`, contents);
    return `${folder.path}/${name}`;
  };
  const fails = (path: string, message: RegExp) => {
    assert.throws(() => new LmdbSource(path), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      return true;
    });
  };
  fails(`${folder.path}/nowhere`, /Expected an LMDB at '.*nowhere' but found nothing/);
  fails(make("level", "CURRENT"), /but found a LevelDB/);
  fails(make("other", "readme"), /but found a folder without data.mdb/);
  fails(`${folder.path}/other/readme`, /but found a file/);
  fails(
    make("garbage", "data.mdb", "garbage ".repeat(5000)),
    /Expected a meta page of an LMDB on page 0 of '.*garbage\/data\.mdb' but found something else\. The file is/,
  );
  fails(make("short", "data.mdb", "x"), /on page 0 of '.*data\.mdb' but found 1 bytes/);
  fails(
    make("empty", "data.mdb", ""),
    /Expected an LMDB at '.*empty' but found an empty data\.mdb\. .*copy it/,
  );
  Deno.mkdirSync(`${folder.path}/folders/data.mdb`, { recursive: true });
  fails(`${folder.path}/folders`, /but found a data\.mdb that is not a file/);
});

Deno.test("a truncated data file is an error and does not kill the process", () => {
  using folder = temporaryFolder();
  const path = numberedLmdb(`${folder.path}/db`, 3000);
  const { size } = Deno.statSync(`${path}/data.mdb`);
  Deno.truncateSync(`${path}/data.mdb`, size - 4096);
  assert.throws(() => new LmdbSource(path), new RegExp(`to have ${size} bytes but found ${size - 4096}`));
});

Deno.test("an LMDB in a read-only folder is read without its lock file", () => {
  using folder = temporaryFolder();
  const path = numberedLmdb(`${folder.path}/db`, 3);
  Deno.removeSync(`${path}/lock.mdb`);
  Deno.chmodSync(path, 0o555);
  try {
    using source = new LmdbSource(path);
    assert.equal(readAll(source).length, 3);
  } finally {
    Deno.chmodSync(path, 0o755);
  }
});
