import { writeDatum } from "../../../../../data/sources/datum.ts";
import { numbered } from "../../fixture.ts";

/** Number of records in the sample. */
export const SAMPLE_RECORDS = 90;

/** The folder of the recorded sample. */
export const SAMPLE = new URL("sample_leveldb/", import.meta.url).pathname;

/** What is written to make the sample, in steps: each closes the database, and the next one opens it again. */
export const SAMPLE_STEPS = [
  // Tables of compacted levels, in blocks of several records.
  { entries: entriesOf(0, 60), options: { compact: true, blockSize: 512, writeBuffer: 65536 } },
  // Without compression; some keys are written again, and two deleted.
  {
    entries: [
      ...entriesOf(60, 80),
      ["00000003", written(103)],
      ["zzz", written(7)],
      ["00000061x", written(9)],
      ["zzz", undefined],
    ],
    options: { compressed: false, blockSize: 512 },
  },
  // The last step stays in the log; a record of it spans blocks of the log.
  {
    entries: [
      ...entriesOf(80, SAMPLE_RECORDS),
      ["00000003", written(3)],
      ["00000061x", undefined],
      ["big", new Uint8Array(40000)],
      ["big", undefined],
    ],
    options: {},
  },
] as const satisfies readonly {
  entries: readonly (readonly [string, Uint8Array<ArrayBuffer> | undefined])[];
  options: object;
}[];

function entriesOf(first: number, end: number): (readonly [string, Uint8Array<ArrayBuffer>])[] {
  return Array.from(
    { length: end - first },
    (_, i) => [String(first + i).padStart(8, "0"), written(first + i)],
  );
}

function written(index: number): Uint8Array<ArrayBuffer> {
  return writeDatum(numbered(index)) as Uint8Array<ArrayBuffer>;
}
