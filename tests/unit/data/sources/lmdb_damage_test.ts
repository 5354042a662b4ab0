import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { writeDatum } from "../../../../data/sources/datum.ts";
import { LmdbSource } from "../../../../data/sources/lmdb_source.ts";
import { numbered, temporaryFolder, writeLmdb } from "../fixture.ts";

const PAGE = 4096, COUNT = 400;

/** An LMDB with branch pages, leaf pages and overflow pages, and its bytes. */
function sample(folder: string): { path: string; file: string; bytes: Uint8Array<ArrayBuffer> } {
  const sizes = Array.from({ length: COUNT }, (_, i) => i % 40 === 7 ? 5000 : 600 + i);
  const records = sizes.map((size, i) => numbered(i, 1, 1, size));
  const path = writeLmdb(`${folder}/db`, records, { batch: 50 });
  const file = `${path}/data.mdb`;
  return { path, file, bytes: Deno.readFileSync(file) };
}

/** Reads everything, in order and then backwards; returns the error that ends it, or how many records there were. */
function readWhole(path: string): CremaError | number {
  try {
    using source = new LmdbSource(path);
    let count = 0;
    while (source.read() !== undefined) count++;
    assert.equal(count, source.count);
    for (let index = source.count - 1; index >= 0; index -= 7) {
      source.seek(index);
      assert.ok(source.read() !== undefined);
      source.describe(index);
    }
    return count;
  } catch (error) {
    if (error instanceof CremaError) return error;
    throw error;
  }
}

/** Where the pages of a kind are. */
function pagesOf(bytes: Uint8Array, kind: number): number[] {
  return Array.from({ length: bytes.length / PAGE }, (_, page) => page)
    .filter((page) => page > 1 && bytes[page * PAGE + 10] === kind && bytes[page * PAGE] === (page & 255));
}

/** Where the newer of the two meta pages is. */
function newerMeta(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  return view.getBigUint64(144, true) < view.getBigUint64(PAGE + 144, true) ? PAGE : 0;
}

const BRANCH = 1, LEAF = 2, OVERFLOW = 4;

Deno.test("the sample has pages of all kinds and is read whole", () => {
  using folder = temporaryFolder();
  const { path, bytes } = sample(folder.path);
  for (const kind of [BRANCH, LEAF, OVERFLOW]) assert.ok(pagesOf(bytes, kind).length > 0);
  assert.equal(readWhole(path), COUNT);
});

Deno.test("an LMDB truncated anywhere is an error that says so", () => {
  using folder = temporaryFolder();
  const { path, file, bytes } = sample(folder.path);
  for (let size = bytes.length - 1; size > 0; size -= size % PAGE === 0 ? 1 : Math.min(size, PAGE - 1)) {
    Deno.truncateSync(file, size);
    const found = readWhole(path);
    assert.ok(found instanceof CremaError, `${size} bytes`);
    assert.match(
      found.message,
      /data\.mdb' (to have|but found) \d+ bytes.*truncated: copy it or make it again/,
    );
  }
});

Deno.test("an LMDB truncated or overwritten during reading is an error that names the page", () => {
  using folder = temporaryFolder();
  const { path, file, bytes } = sample(folder.path);
  for (
    const spoil of [
      () => Deno.truncateSync(file, 3 * PAGE),
      () => Deno.writeFileSync(file, bytes.map(() => 0xff)),
    ]
  ) {
    Deno.writeFileSync(file, bytes);
    using source = new LmdbSource(path);
    assert.deepEqual(source.read(), numbered(0, 1, 1, 600));
    spoil();
    assert.throws(() => {
      while (source.read() !== undefined);
    }, (error: unknown) => {
      assert.ok(error instanceof CremaError);
      assert.match(error.message, /Expected .* on page \d+ of '.*data\.mdb' but found .*The file is damaged/);
      return true;
    });
  }
});

Deno.test("every byte of the meta pages may be wrong", () => {
  using folder = temporaryFolder();
  const { path, file, bytes } = sample(folder.path);
  using patched = Deno.openSync(file, { write: true });
  const put = (at: number, value: number) => {
    patched.seekSync(at, Deno.SeekMode.Start);
    patched.writeSync(Uint8Array.of(value));
  };
  let errors = 0;
  for (let at = 0; at < 2 * PAGE; at = at % PAGE === 151 ? at - 151 + PAGE : at + 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      put(at, bytes[at]! ^ mask);
      if (readWhole(path) instanceof CremaError) errors++;
    }
    put(at, bytes[at]!);
  }
  assert.ok(errors > 150, `${errors} errors`);
  assert.equal(readWhole(path), COUNT);
});

Deno.test("bits may be wrong anywhere: an error, or as many records", () => {
  using folder = temporaryFolder();
  const { path, file, bytes } = sample(folder.path);
  using patched = Deno.openSync(file, { write: true });
  const put = (at: number, value: number) => {
    patched.seekSync(at, Deno.SeekMode.Start);
    patched.writeSync(Uint8Array.of(value));
  };
  const structures = [BRANCH, LEAF, OVERFLOW].flatMap((kind) => pagesOf(bytes, kind));
  let random = 1, errors = 0;
  const below = (limit: number) => {
    random = Math.imul(random, 1103515245) + 12345 >>> 0;
    return Math.floor(random / 2 ** 32 * limit);
  };
  for (let time = 0; time < 400; time++) {
    // Three of four in what pages begin with: their header, and where their nodes are.
    const at = time % 4 === 0
      ? below(bytes.length)
      : structures[below(structures.length)]! * PAGE + below(time % 4 === 1 ? 16 : 40);
    put(at, bytes[at]! ^ 1 << below(8));
    if (readWhole(path) instanceof CremaError) errors++;
    put(at, bytes[at]!);
  }
  assert.ok(errors > 100, `${errors} errors`);
  assert.equal(readWhole(path), COUNT);
});

/** Changes the sample's bytes; returns what reading it brings. */
function spoilt(change: (view: DataView<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>) => void): string {
  using folder = temporaryFolder();
  const { path, file, bytes } = sample(folder.path);
  change(new DataView(bytes.buffer), bytes);
  Deno.writeFileSync(file, bytes);
  const found = readWhole(path);
  assert.ok(found instanceof CremaError, `${found}`);
  return found.message;
}

/** Where a page has its first node. */
function firstNode(view: DataView, page: number): number {
  return page * PAGE + view.getUint16(page * PAGE + 16, true);
}

/** The page of the root. */
function rootOf(view: DataView<ArrayBuffer>): number {
  return Number(view.getBigUint64(newerMeta(new Uint8Array(view.buffer)) + 128, true));
}

Deno.test("pages that lead in a circle, or to one page twice, end", () => {
  assert.match(
    spoilt((view) => view.setUint32(firstNode(view, rootOf(view)), rootOf(view), true)),
    /Expected a leaf page on page \d+ of '.*data\.mdb' but found a branch page/,
  );
  // The second leaf in place of the first: nothing about the pages is wrong but their number of records.
  assert.match(
    spoilt((view) => {
      const at = rootOf(view) * PAGE;
      const [one, other] = [0, 60].map((i) => at + view.getUint16(at + 16 + 2 * i, true));
      view.setUint32(one!, view.getUint32(other!, true), true);
    }),
    /Expected 400 records in '.*db' but found (\d+|more)/,
  );
  assert.match(
    spoilt((view, bytes) => view.setUint16(newerMeta(bytes) + 94, 30, true)),
    /Expected a branch page on page \d+ of '.*data\.mdb' but found a leaf page/,
  );
});

Deno.test("several values for a key, and databases in the database, are refused by name", () => {
  assert.match(
    spoilt((view, bytes) => view.setUint16(newerMeta(bytes) + 92, 4, true)),
    /Expected one value per key in '.*db' but found an LMDB that allows several \(MDB_DUPSORT\)/,
  );
  assert.match(
    spoilt((view) => {
      const leaf = view.getUint32(firstNode(view, rootOf(view)), true);
      view.setUint16(firstNode(view, leaf) + 4, 2, true);
    }),
    /Expected a record on page \d+ .* but found a named database, which Crema does not read/,
  );
});

Deno.test("an LMDB of another version or kind of machine is told apart", () => {
  assert.match(
    spoilt((view) => view.setUint32(20, 999, true)),
    /but found format version 999\. .*liblmdb 0\.9/,
  );
  assert.match(
    spoilt((view) => view.setUint32(16, 0xbeefc0de, false)),
    /but found one from a different kind of machine/,
  );
});

Deno.test("an error tells when another process wrote to the database in the meantime", () => {
  using folder = temporaryFolder();
  const { path, file, bytes } = sample(folder.path);
  using source = new LmdbSource(path);
  assert.ok(source.read() !== undefined);
  // The next transaction's meta page, and a page of the old snapshot that it uses for something else.
  const view = new DataView(bytes.buffer), newer = newerMeta(bytes), older = PAGE - newer;
  view.setBigUint64(older + 144, view.getBigUint64(newer + 144, true) + 1n, true);
  bytes.fill(0, 2 * PAGE);
  Deno.writeFileSync(file, bytes);
  assert.throws(() => {
    while (source.read() !== undefined);
  }, /Another process changed the database during reading/);
});

/** The bytes of an LMDB of one leaf page: records 0, 1, … under their number, in pages of any size. */
function oneLeaf(pageSize: number, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(3 * pageSize), view = new DataView(bytes.buffer);
  for (const [page, transaction] of [[0, 6n], [1, 7n]] as const) {
    const at = page * pageSize;
    view.setUint32(at, page, true);
    view.setUint16(at + 10, 8, true);
    view.setUint32(at + 16, 0xbeefc0de, true);
    view.setUint32(at + 20, 1, true);
    view.setUint32(at + 40, pageSize, true);
    view.setBigUint64(at + 80, 2n ** 64n - 1n, true);
    view.setUint16(at + 94, 1, true);
    view.setBigUint64(at + 120, BigInt(page === 0 ? 1 : count), true);
    view.setBigUint64(at + 128, 2n, true);
    view.setBigUint64(at + 136, 2n, true);
    view.setBigUint64(at + 144, transaction, true);
  }
  const leaf = 2 * pageSize;
  let upper = pageSize;
  for (let i = 0; i < count; i++) {
    const key = new TextEncoder().encode(`${i}`), value = writeDatum(numbered(i));
    upper -= 8 + key.length + value.length;
    upper -= upper % 2;
    view.setUint16(leaf + 16 + 2 * i, upper, true);
    view.setUint16(leaf + upper, value.length, true);
    view.setUint16(leaf + upper + 6, key.length, true);
    bytes.set(key, leaf + upper + 8);
    bytes.set(value, leaf + upper + 8 + key.length);
  }
  view.setUint32(leaf, 2, true);
  view.setUint16(leaf + 10, 2, true);
  view.setUint16(leaf + 12, 16 + 2 * count, true);
  view.setUint16(leaf + 14, upper, true);
  return bytes;
}

Deno.test("pages have the size that the meta page says, and the newer meta page counts", () => {
  using folder = temporaryFolder();
  for (const pageSize of [512, 1024, 4096, 16384, 32768]) {
    Deno.writeFileSync(`${folder.path}/data.mdb`, oneLeaf(pageSize, 5));
    using source = new LmdbSource(folder.path);
    assert.equal(source.count, 5);
    for (let i = 0; i < 5; i++) assert.deepEqual(source.read(), numbered(i));
    assert.equal(source.read(), undefined);
  }
});

Deno.test("an LMDB that was closed is not read", () => {
  using folder = temporaryFolder();
  const source = new LmdbSource(sample(folder.path).path);
  source[Symbol.dispose]();
  source[Symbol.dispose]();
  assert.throws(() => source.read(), /Expected '.*data\.mdb' to be open but found it closed/);
});
