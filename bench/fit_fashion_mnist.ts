/**
 * Writes Fashion-MNIST as PNG files in folders, and runs `crema fit` on them. Exits with 1 when the accuracy on the 10,000
 * test images is below 91 %, or the fit takes more than 5 minutes: `deno run -A bench/fit_fashion_mnist.ts [options of fit]`
 *
 * The data: `crema dataset fashion-mnist`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- what is measured is printed

import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadSharp } from "../data/images/load_sharp.ts";
import { LmdbSource } from "../data/sources/lmdb_source.ts";

const WANTED = 91;
const MINUTES = 5;
const CLASSES = [
  "t-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "boot",
];

const root = fileURLToPath(new URL("../", import.meta.url)), cache = `${root}data-cache/fashion-mnist`;
const sharp = await loadSharp();
for (const [part, lmdb] of [["train", "train"], ["val", "test"]] as const) {
  const folder = `${cache}/images/${part}`;
  if (existsSync(folder)) continue;
  for (const name of CLASSES) mkdirSync(`${folder}.new/${name}`, { recursive: true });
  using source = new LmdbSource(`${cache}/fashion_mnist_${lmdb}_lmdb`);
  for (let i = 0; i < source.count; i++) {
    const { label, data, width, height } = source.read()!;
    await sharp(data.slice(), { raw: { width, height, channels: 1 } }).toColourspace("b-w").png()
      .toFile(`${folder}.new/${CLASSES[label]}/${String(i).padStart(5, "0")}.png`);
  }
  await Deno.rename(`${folder}.new`, folder);
  console.log(`wrote ${source.count} images to ${folder}`);
}

/** CPU time of the children that have ended, in seconds: a machine that is shared takes longer than that. */
function childSeconds(): number {
  const [, fields = ""] = Deno.readTextFileSync("/proc/self/stat").split(/\) /);
  const [user, system] = fields.split(" ").slice(13, 15).map(Number);
  return (user! + system!) / 100;
}

const out = await Deno.makeTempDir({ prefix: "crema-fit-" });
const start = performance.now();
const { success, stdout } = await new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    `${root}cli/main.ts`,
    "fit",
    `${cache}/images`,
    "--out",
    `${out}/fashion`,
    ...Deno.args,
  ],
  cwd: root,
  stdout: "piped",
  stderr: "inherit",
}).output();
const minutes = (performance.now() - start) / 60_000, text = new TextDecoder().decode(stdout);
console.log(text);
const accuracy = Number(/did not learn from: ([\d.]+) %/.exec(text)?.[1] ?? NaN);
console.log(
  `fashion-mnist as PNGs: accuracy ${accuracy} % (at least ${WANTED}), ${
    minutes.toFixed(1)
  } minutes (at most ${MINUTES}), ${(childSeconds() / 60).toFixed(1)} minutes of CPU time`,
);
Deno.exit(success && accuracy >= WANTED && minutes <= MINUTES ? 0 : 1);
