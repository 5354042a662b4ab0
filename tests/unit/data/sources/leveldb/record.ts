/**
 * Writes the sample of a LevelDB anew, with Google's library: `deno run -A tests/unit/data/sources/leveldb/record.ts`,
 * after `deno task libcaffe`.
 *
 * @module
 */

import { SAMPLE, SAMPLE_STEPS } from "./sample.ts";
import { writeLeveldb } from "./leveldb_library.ts";

await Deno.remove(SAMPLE, { recursive: true }).catch(() => {}); // there may be none
for (const { entries, options } of SAMPLE_STEPS) writeLeveldb(SAMPLE, entries, options);
for (const { name } of Deno.readDirSync(SAMPLE)) {
  if (/^LO(G|CK)/.test(name)) await Deno.remove(`${SAMPLE}${name}`); // no part of the data
}
