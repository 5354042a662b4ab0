/**
 * `deno task fuzz --seconds 300 --seed 7`: misuses Crema at random in another process; see tests/fuzz/misuse.ts.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { Command } from "commander";
import { chanceSeed } from "../../data/random.ts";
import { buildEngine, sanitizedLibrary } from "../../tools/engine_build.ts";
import { fuzz } from "./fuzz_process.ts";

const options = new Command("fuzz")
  .option("--seconds <n>", "how long", Number, 60)
  .option("--seed <n>", "which choices (default: random)", Number, chanceSeed() % 1e6)
  .option("--sanitize", "the engine under AddressSanitizer and UBSan")
  .parse(Deno.args, { from: "user" })
  .opts<{ seconds: number; seed: number; sanitize?: true }>();

console.log(`seed ${options.seed}, ${options.seconds} s`);
if (options.sanitize) await buildEngine(sanitizedLibrary, () => {});
const { actions, threw } = await fuzz(options);
console.log(`${actions} actions, of which ${threw} threw; the process lives`);
