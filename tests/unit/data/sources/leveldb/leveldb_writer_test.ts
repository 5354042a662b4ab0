import assert from "node:assert/strict";
import { LeveldbWriter } from "../../../../../data/sources/leveldb/leveldb_writer.ts";
import { LeveldbSource } from "../../../../../data/sources/leveldb/leveldb_source.ts";
import { logOf } from "../../../../../data/sources/leveldb/log_writer.ts";
import { logRecords } from "../../../../../data/sources/leveldb/log_records.ts";

const parse = (data: Uint8Array) => ({ channels: 0, height: 0, width: 0, label: 0, data, encoded: true });

async function inFolder(run: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-leveldb-" });
  try {
    run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("records of a LevelDB that fill several blocks are read as they were written", () =>
  inFolder((folder) => {
    using writer = new LeveldbWriter(`${folder}/db`);
    const value = (i: number) => new Uint8Array(i * 37 % 5000).fill(i);
    for (let i = 0; i < 200; i++) writer.writeBytes(String(i).padStart(8, "0"), value(i));
    writer.finish();
    using source = new LeveldbSource(`${folder}/db`, { listed: true, parse });
    assert.equal(source.count, 200);
    for (let i = 0; i < 200; i++) assert.deepEqual(new Uint8Array(source.read()!.data), value(i));
    assert.equal(source.describe(199), "key '00000199'");
  }));

Deno.test("a LevelDB that is not finished leaves nothing, and keys must ascend", () =>
  inFolder((folder) => {
    {
      using writer = new LeveldbWriter(`${folder}/db`);
      writer.writeBytes("b", new Uint8Array(3));
      assert.throws(() => writer.writeBytes("a", new Uint8Array(3)), /keys in ascending order but found 'a'/);
    }
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);
    Deno.mkdirSync(`${folder}/db`);
    assert.throws(() => new LeveldbWriter(`${folder}/db`), /Expected no file or folder '.*db' but found one/);
  }));

Deno.test("a long record of a log is split at blocks", () =>
  inFolder((folder) => {
    for (const length of [0, 10, 32761, 32762, 100_000]) {
      const record = Uint8Array.from({ length }, (_, i) => i * 7);
      Deno.writeFileSync(`${folder}/log`, logOf(record));
      assert.deepEqual([...logRecords(`${folder}/log`)], [record]);
    }
  }));
