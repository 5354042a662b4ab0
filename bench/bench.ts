/**
 * `deno task bench`: compares the speed of the engines: of each model in models/, on every engine that is present, in turn
 * in one process, and in PyTorch where it is installed (Debian's python3-torch, or $CREMA_PYTHON); and the cost of layers
 * in TypeScript, of vector math, and of the layers that use it; and what reading data adds to an iteration.
 *
 * In the JSON, `rows` have the times of whole passes in milliseconds, and as `peak_bytes` the memory that the net and its
 * solver add to a process that runs nothing else.
 *
 * Options: `--only lenet,cifar10_quick` (`scripts` for the script layers, `ops` for vector math, `layers` for LSTM, RNN and
 * Deconvolution, `data` for data layers), `--layers` for the types of layers and the groups of the plan of each model,
 * `--rounds N`, `--json FILE`, `--svg FILE`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Engine } from "../ffi/mod.ts";
import { barsSvg } from "./bars_svg.ts";
import { copyBandwidth } from "./copy_bandwidth.ts";
import { benchData, type DataRow } from "./data.ts";
import { benchEngineLayers, type EngineLayerRow } from "./engine_layers.ts";
import type { LayerTypeRow } from "./layer_types.ts";
import { modelText } from "./model_text.ts";
import { benchModel, type ModelRow } from "./models.ts";
import { benchOpLayers, type OpLayerRow } from "./op_layers.ts";
import { benchOps, type OpRow } from "./ops.ts";
import type { GroupRow } from "./plan_groups.ts";
import { findPyTorch } from "./pytorch.ts";
import { benchScripts, type ScriptRow } from "./scripts.ts";
import { sgemmPeaks } from "./sgemm.ts";

const models = fileURLToPath(new URL("../models/", import.meta.url));

const options = new Command("bench")
  .option(
    "--only <names>",
    "models to measure, separated by commas; 'scripts', 'ops', 'layers' and 'data' for layers, vector math and data",
  )
  .option("--layers", "measure types of layers, and groups of the plan, of each model")
  .option("--rounds <n>", "measured passes per model", Number, 30)
  .option("--json <file>", "write the figures as JSON")
  .option("--svg <file>", "write a picture")
  .parse()
  .opts<{ only?: string; layers?: true; rounds: number; json?: string; svg?: string }>();

const only = options.only?.split(",");
const known = [...Deno.readDirSync(models)].filter(({ isDirectory, name }) =>
  isDirectory && existsSync(`${models}${name}/time.prototxt`)
).map(({ name }) => name).sort();
for (const name of only ?? []) {
  if (["scripts", "ops", "layers", "data", ...known].includes(name)) continue;
  console.error(
    `error: Expected a model (${known.join(", ")}), scripts, ops, layers or data but found '${name}'`,
  );
  Deno.exit(1);
}
/** Networks on ImageNet take gigabytes and minutes: only when they are named. */
const large = [
  ...["alexnet", "caffenet", "densenet121", "googlenet", "mobilenet_v1", "resnet18", "resnet50"],
  ...["squeezenet", "vgg16"],
];
const wanted = (name: string) => only === undefined ? !large.includes(name) : only.includes(name);

const engines = presentEngines();
const torch = await findPyTorch();
if (torch === undefined) console.log("PyTorch is left out: no python3 that can import torch");
console.log(
  engines.map((engine) => `${engine.name}: ${engine.version}, ${engine.threads} threads`).join("\n"),
);
if (torch !== undefined) {
  console.log(`pytorch: ${torch.version}`);
  // Of Debian's choices for libblas.so.3, the one without OpenBLAS is ten times slower.
  if (!/openblas|mkl|blis/.test(torch.version)) console.log("  slow: install libopenblas0-pthread beside it");
}
const peaks = sgemmPeaks(engines);
for (const { threads, engine, size, gflops } of peaks) {
  const count = threads === 1 ? "1 thread" : `${threads} threads`;
  console.log(`sgemm peak, ${count}: ${gflops.toFixed(0)} GFLOP/s (${engine}, ${size})`);
}
// On a machine that others use, one thread may do better than two.
const peak = Math.max(...peaks.map(({ gflops }) => gflops));
const bandwidth = copyBandwidth(engines[0]!);
console.log(`copy of 256 MiB: ${bandwidth.toFixed(1)} GB/s, read and written\n`);

const rows: ModelRow[] = [];
const layerRows: LayerTypeRow[] = [];
const groupRows: GroupRow[] = [];
for (const model of known.filter(wanted)) {
  const measured = await benchModel(
    model,
    `${models}${model}/time.prototxt`,
    { engines, python: torch?.python, rounds: options.rounds, peak, layers: options.layers === true },
    (who, reason) => console.log(`${model} is left out on ${who}: ${reason}`),
  );
  rows.push(...measured.rows);
  layerRows.push(...measured.layerRows);
  groupRows.push(...measured.groupRows);
  console.log(modelText(measured));
}
const engineLayers: EngineLayerRow[] = [];
if (wanted("layers")) {
  engineLayers.push(...await benchEngineLayers(engines, torch?.python, options.rounds));
  console.log(
    ["forward", "backward", "both, ms", "ratio"].reduce(
      (line, word) => line + word.padStart(12),
      "layers".padEnd(56),
    ),
  );
  const both = ({ forward_ms, backward_ms }: EngineLayerRow) => forward_ms + backward_ms;
  for (const row of engineLayers) {
    const first = engineLayers.find(({ layer }) => layer === row.layer)!;
    console.log(
      `  ${row.layer} (${row.engine})`.padEnd(56) +
        [row.forward_ms, row.backward_ms, both(row), both(row) / both(first)]
          .map((value) => value.toFixed(2).padStart(12)).join(""),
    );
  }
}
const scripts: ScriptRow[] = [];
if (wanted("scripts")) {
  for (const engine of engines) scripts.push(...await benchScripts(engine));
  console.log("script layers, µs".padEnd(44) + "forward".padStart(12) + "backward".padStart(12));
  for (const { layer, engine, forward_us, backward_us } of scripts) {
    console.log(
      `  ${layer} (${engine})`.padEnd(44) + forward_us.toFixed(2).padStart(12) +
        backward_us.toFixed(2).padStart(12),
    );
  }
}
const ops: OpRow[] = [];
const opLayers: OpLayerRow[] = [];
if (wanted("ops")) {
  ops.push(...benchOps(engines));
  console.log("vector math".padEnd(44) + "µs".padStart(12));
  for (const { op, engine, us, rate, unit } of ops) {
    console.log(
      `  ${op} (${engine})`.padEnd(44) + us.toFixed(2).padStart(12) +
        `${rate.toFixed(1)} ${unit}`.padStart(16),
    );
  }
  opLayers.push(...await benchOpLayers(engines, torch?.python));
  console.log(
    ["forward", "backward", "both, ms", "against", "ratio"]
      .reduce((line, word) => line + word.padStart(12), "layers over ops".padEnd(56)),
  );
  for (const { layer, engine, forward_ms, backward_ms, against } of opLayers) {
    const both = forward_ms + backward_ms;
    const figures = [forward_ms, backward_ms, both].map((value) => value.toFixed(2).padStart(12)).join("");
    const theirs = against === undefined ? NaN : against.forward_ms + against.backward_ms;
    console.log(
      `  ${layer} (${engine})`.padEnd(56) + figures +
        (against === undefined
          ? ""
          : theirs.toFixed(2).padStart(12) + (both / theirs).toFixed(2).padStart(12) + `  ${against.what}`),
    );
  }
}
const dataRows: DataRow[] = [];
if (wanted("data")) {
  for (const engine of engines) dataRows.push(...await benchData(engine, options.rounds));
  console.log(
    ["dummy", "data", "ratio", "data alone", "bound by"]
      .reduce((line, word) => line + word.padStart(12), "an iteration, ms".padEnd(72)),
  );
  for (const { path, engine, dummy_ms, data_ms, alone_ms, bound } of dataRows) {
    const figures = [dummy_ms, data_ms, data_ms / dummy_ms, alone_ms];
    console.log(
      `  ${path} (${engine})`.padEnd(72) + figures.map((value) => value.toFixed(2).padStart(12)).join("") +
        bound.padStart(12),
    );
  }
}
if (options.json !== undefined) {
  Deno.writeTextFileSync(
    options.json,
    `${
      JSON.stringify(
        {
          sgemm_gflops: peak,
          sgemm_peaks: peaks,
          copy_gbytes_per_second: bandwidth,
          rows,
          layer_rows: layerRows,
          group_rows: groupRows,
          script_rows: scripts,
          op_rows: ops,
          op_layer_rows: opLayers,
          data_rows: dataRows,
          engine_layer_rows: engineLayers,
        },
        null,
        1,
      )
    }\n`,
  );
}
if (options.svg !== undefined) Deno.writeTextFileSync(options.svg, barsSvg(rows));

function presentEngines(): Engine[] {
  const present = [Engine.open("embedded")];
  try {
    present.push(Engine.open("libcaffe"));
  } catch (error) {
    console.log(`libcaffe is left out: ${(error as Error).message}`);
  }
  return present;
}
