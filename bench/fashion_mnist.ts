/**
 * Trains models/fashion_mnist with its GELU layers loaded by URL, from a server of its own. Exits with 1 when the accuracy on
 * the 10,000 test images is below 92.5 %, or the run takes more than 15 minutes: `deno run -A bench/fashion_mnist.ts`
 *
 * The data: `crema dataset fashion-mnist`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- what is measured is printed

import { fileURLToPath } from "node:url";
import { readNet, readSolver } from "../proto/mod.ts";
import { Solver, train } from "../train/mod.ts";

const WANTED = 0.925;
const MINUTES = 15;

const root = new URL("../", import.meta.url);
const modules = new Set<string>();
await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async ({ url }) => {
  const { pathname } = new URL(url);
  modules.add(pathname);
  const source = await Deno.readFile(fileURLToPath(new URL(`.${pathname}`, root)));
  return new Response(source, { headers: { "content-type": "text/typescript" } });
});

const { net: file, ...param } = await readSolver("models/fashion_mnist/solver.prototxt");
const net = await readNet(file!);
const scripts = (net.layer ?? []).flatMap(({ script_param }) => script_param ?? []);
for (const script of scripts) {
  if (script.module === "crema/layers/gelu.ts") {
    script.module = `http://127.0.0.1:${server.addr.port}/layers/gelu.ts`;
  }
}
const library = new Set(scripts.map(({ layer }) => layer));

const start = performance.now();
const minutes = () => (performance.now() - start) / 60_000;
let accuracy = 0;
{
  using solver = await Solver.create({ ...param, net_param: net, snapshot: 0, snapshot_after_train: false });
  console.log(`layers of the library: ${[...library].join(", ")}; by URL: ${[...modules].join(", ")}`);
  for await (const event of train(solver)) {
    if (event.type !== "test") continue;
    accuracy = event.outputs["accuracy"] ?? NaN;
    console.log(`iteration ${event.iteration}, ${minutes().toFixed(1)} min: accuracy ${accuracy.toFixed(4)}`);
  }
}
const taken = minutes();
console.log(
  `fashion_mnist: accuracy ${accuracy.toFixed(4)} (at least ${WANTED}), ${
    taken.toFixed(1)
  } minutes (at most ${MINUTES})`,
);
Deno.exit(accuracy >= WANTED && taken <= MINUTES && modules.size > 0 && library.size >= 5 ? 0 : 1);
