/**
 * `deno task fuzz`: what is tried at random, by hand and for as long as wanted.
 *
 * - `--seconds 300 --seed 7`: misuses Crema in a process of its own, as tests/fuzz/misuse.ts says.
 * - `--differential --nets 1000 --seed 7`: random nets on both engines, as tests/fuzz/differential says.
 * - `--format NAME --seconds 300 --seed 7`: damaged files of a format, as tests/fuzz/formats says.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { Command, Option } from "commander";
import { chanceSeed } from "../../base/chance_seed.ts";
import { buildEngine, sanitizedLibrary } from "../../tools/engine_build.ts";
import { live } from "../conformance/judge.ts";
import { differential } from "./differential/differential.ts";
import { formatNames } from "./formats/formats.ts";
import { fuzzFormat } from "./formats/fuzz_format.ts";
import { fuzz } from "./fuzz_process.ts";

const options = new Command("fuzz")
  .option("--seconds <n>", "how long", Number, 60)
  .option("--seed <n>", "which choices (default: random)", Number, chanceSeed() % 1e6)
  .option("--sanitize", "the engine under AddressSanitizer and UBSan")
  .option("--differential", "random nets on the embedded engine and on libcaffe")
  .option("--nets <n>", "how many, with --differential", Number, 1000)
  .addOption(new Option("--format <name>", "damaged files of this format").choices(formatNames))
  .parse(Deno.args, { from: "user" })
  .opts<{
    seconds: number;
    seed: number;
    sanitize?: true;
    differential?: true;
    nets: number;
    format?: string;
  }>();

async function runDifferential({ seed, nets }: { seed: number; nets: number }): Promise<boolean> {
  if (!live) {
    console.log("libcaffe is not here: `deno task libcaffe` brings it");
    return false;
  }
  console.log(`seeds ${seed} to ${seed + nets - 1}`);
  const { unexplained, ended, ...result } = await differential({ seed, count: nets, report: console.log });
  const list = (counts: Record<string, number>) =>
    Object.entries(counts).map(([title, count]) => `\n  ${count}: ${title}`).join("");
  console.log(
    `${result.nets} nets: ${result.agreed} agree (${result.trained} trained), ${unexplained.length} disagree\n` +
      `libcaffe is wrong, as known:${list(result.known)}\n` +
      `rounding decides ${result.rounding}, neither engine takes ${result.refused}, ` +
      `libcaffe ended its process in ${Object.keys(ended).length}`,
  );
  return unexplained.length === 0;
}

async function runFormat(
  format: string,
  { seed, seconds }: { seed: number; seconds: number },
): Promise<boolean> {
  console.log(`${format}, seed ${seed}, ${seconds} s`);
  const { inputs, taken, refused, faults } = await fuzzFormat({ format, seed, seconds, report: console.log });
  console.log(
    `${inputs} inputs: ${taken} taken, ${refused} refused with a CremaError, ${faults.length} faults`,
  );
  return faults.length === 0;
}

async function runMisuse({ seed, seconds, sanitize }: { seed: number; seconds: number; sanitize?: true }) {
  console.log(`seed ${seed}, ${seconds} s`);
  if (sanitize) await buildEngine(sanitizedLibrary, () => {});
  const { actions, threw } = await fuzz({ seed, seconds, sanitize: sanitize ?? false });
  console.log(`${actions} actions, of which ${threw} threw; the process lives`);
  return true;
}

const fine = options.differential
  ? await runDifferential(options)
  : options.format !== undefined
  ? await runFormat(options.format, options)
  : await runMisuse(options);
Deno.exit(fine ? 0 : 1);
