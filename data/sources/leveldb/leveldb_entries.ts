import { readdirSync } from "node:fs";
import { ByteReader, compareBytes } from "./byte_reader.ts";
import { damagedFile, readingFile } from "./damaged_file.ts";
import { logRecords } from "./log_records.ts";
import { type Manifest, readManifest, type TableFile } from "./manifest.ts";
import { type BlockHandle, entriesOf, Table } from "./table.ts";

/** Kinds of entries. */
const DELETED = 0, WRITTEN = 1;

/** A version of a record: what was written for a key at one time. */
export interface Version {
  /** The key, as the database's user knows it. */
  key: Uint8Array<ArrayBuffer>;
  /** The value. */
  value: Uint8Array<ArrayBuffer>;
  /** Whether the key was deleted then. */
  isDeleted: boolean;
  /** Later versions have higher numbers. */
  sequence: number;
  /** Where the value is, to be read again: undefined for what is in memory. */
  place?: Place | undefined;
}

/** Where a value is: in a block of a table, from byte `at` on. */
export interface Place {
  table: TableFile;
  block: BlockHandle;
  at: number;
  length: number;
}

/** The files of a LevelDB, as they were when it was opened, and what is in its logs. */
export class LeveldbFiles {
  /** The folder. */
  readonly folder: string;
  readonly #manifest: Manifest;
  readonly #logged: Version[];

  /** Reads the manifest and the logs. Throws a CremaError when one is missing or damaged. */
  constructor(folder: string) {
    this.folder = folder;
    this.#manifest = readManifest(folder);
    this.#logged = loggedVersions(folder, this.#manifest);
  }

  /** The records in the order of their keys: of each key the last version, unless that is its deletion. */
  *records(): Generator<Version> {
    const sources = this.#sources();
    try {
      let last: Uint8Array | undefined;
      for (const version of merged(sources)) {
        if (last !== undefined && compareBytes(version.key, last) === 0) continue; // an older version
        last = version.key;
        if (!version.isDeleted) yield version;
      }
    } finally {
      for (const source of sources) source.return(undefined);
    }
  }

  /** Generators that are sorted each: the logs, the tables of level 0, and each further level. */
  #sources(): Generator<Version>[] {
    const levels = Map.groupBy(this.#manifest.tables, ({ level }) => level);
    const sources = [ofArray(this.#logged)];
    for (const [level, tables] of levels) {
      if (level === 0) sources.push(...tables.map((table) => versionsOf(this.folder, [table])));
      else {
        const sorted = tables.toSorted((a, b) => compareBytes(a.smallest, b.smallest));
        sources.push(versionsOf(this.folder, sorted));
      }
    }
    return sources;
  }
}

function* ofArray(versions: readonly Version[]): Generator<Version> {
  yield* versions;
}

/** The versions in tables, one table after the other. */
function* versionsOf(folder: string, tables: readonly TableFile[]): Generator<Version> {
  for (const file of tables) {
    using table = new Table(folder, file);
    for (const block of table.blocks()) {
      const entries = entriesOf(table.path, table.block(block));
      while (true) {
        const next = readingFile(table.path, "a block of entries", () => entries.next());
        if (next.done) break;
        const { key, value, at } = next.value;
        if (key.length < 8) throw damagedFile(table.path, "a key of at least 8 bytes", `${key.length}`);
        const kind = key[key.length - 8]!;
        const sequence = new ByteReader(key, key.length - 8).fixed64();
        yield {
          key: key.subarray(0, -8),
          value,
          isDeleted: kind === DELETED,
          sequence: Math.floor(sequence / 256),
          place: { table: file, block, at, length: value.length },
        };
      }
    }
  }
}

/** What was written to the logs, sorted. */
function loggedVersions(folder: string, { logNumber, previousLog }: Manifest): Version[] {
  const logs = readdirSync(folder).map((name) => Number(/^(\d+)\.log$/.exec(name)?.[1] ?? NaN))
    .filter((number) => number >= logNumber || (number === previousLog && number > 0))
    .sort((a, b) => a - b);
  const versions: Version[] = [];
  for (const number of logs) {
    const path = `${folder}/${String(number).padStart(6, "0")}.log`;
    for (const record of logRecords(path)) {
      readingFile(path, "a batch of changes", () => {
        for (const version of changesOf(path, record)) versions.push(version);
      });
    }
  }
  return versions.sort(inOrder);
}

function* changesOf(path: string, record: Uint8Array<ArrayBuffer>): Generator<Version> {
  const reader = new ByteReader(record);
  let sequence = reader.fixed64();
  for (let left = reader.fixed32(); left > 0; left--) {
    const kind = reader.byte();
    if (kind !== WRITTEN && kind !== DELETED) throw damagedFile(path, "a change", `one of kind ${kind}`);
    const key = reader.string();
    const value = kind === WRITTEN ? reader.string() : new Uint8Array();
    yield { key, value, isDeleted: kind === DELETED, sequence: sequence++ };
  }
}

/** Keys in their order; of one key, the last version first. */
function inOrder(a: Version, b: Version): number {
  return compareBytes(a.key, b.key) || b.sequence - a.sequence;
}

/** Merges sorted generators. There are few, so the first is looked for in all of them. */
function* merged(sources: readonly Generator<Version>[]): Generator<Version> {
  const heads = sources.map((source) => source.next());
  while (true) {
    let first = -1;
    for (const [i, head] of heads.entries()) {
      if (head.done) continue;
      const best = first < 0 ? undefined : heads[first];
      if (best === undefined || best.done || inOrder(head.value, best.value) < 0) first = i;
    }
    const head = heads[first];
    if (head === undefined || head.done) return;
    yield head.value;
    heads[first] = sources[first]!.next();
  }
}
