/**
 * `deno task bench`: compares the speed of the engines: of each model in models/, on every engine that is present, in turn
 * in one process, and in PyTorch where it is installed (Debian's python3-torch, or $CREMA_PYTHON); and the cost of layers
 * in TypeScript, of vector math, and of the layers that use it; what reading data adds to an iteration; and inference, with
 * the networks' prototxts for deployment.
 *
 * In the JSON, `rows` have the times of whole passes in milliseconds, and as `peak_bytes` the memory that the net and its
 * solver add to a process that runs nothing else.
 *
 * Options: `--only lenet,cifar10_quick` (`scripts` for script layers, `ops` for vector math, `layers` for LSTM, RNN and
 * Deconvolution, `data` for data layers, `inference` for forward passes), `--models` and `--batches` for what infers,
 * `--layers` for the types of layers and the groups of the plan of each model,
 * `--rounds N`, `--json FILE`, `--svg FILE`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Engine } from "../ffi/mod.ts";
import { readNet } from "../proto/mod.ts";
import { barsSvg } from "./bars_svg.ts";
import { copyBandwidth } from "./copy_bandwidth.ts";
import { benchData, type DataRow } from "./data.ts";
import { benchEngineLayers, type EngineLayerRow } from "./engine_layers.ts";
import type { LayerTypeRow } from "./layer_types.ts";
import { benchInference, type InferenceRow } from "./inference.ts";
import { benchInferenceLayers, type InferenceLayers } from "./inference_layers.ts";
import { takesImages } from "./inference_net.ts";
import { inferenceText } from "./inference_text.ts";
import { modelText } from "./model_text.ts";
import { benchModel, type ModelRow } from "./models.ts";
import { benchOpLayers, type OpLayerRow } from "./op_layers.ts";
import { benchOps, type OpRow } from "./ops.ts";
import type { GroupRow } from "./plan_groups.ts";
import { findPyTorch } from "./pytorch.ts";
import { benchScripts, type ScriptRow } from "./scripts.ts";
import { sgemmPeaks } from "./sgemm.ts";

const models = fileURLToPath(new URL("../models/", import.meta.url));

/** What can be measured besides training. */
const SUBJECTS = ["scripts", "ops", "layers", "data", "inference"];

const options = new Command("bench")
  .option(
    "--only <names>",
    `models to train, separated by commas; ${
      SUBJECTS.map((name) => `'${name}'`).join(", ")
    } for more than those`,
  )
  .option(
    "--models <names>",
    "models whose inference to measure, separated by commas (default: the small ones)",
  )
  .option("--batches <sizes>", "images per pass of inference, separated by commas", "1,16")
  .option("--layers", "measure types of layers, and groups of the plan, of each model")
  .option("--rounds <n>", "measured passes per model", Number, 30)
  .option("--json <file>", "write the figures as JSON")
  .option("--svg <file>", "write a picture")
  .parse()
  .opts<
    {
      only?: string;
      models?: string;
      batches: string;
      layers?: true;
      rounds: number;
      json?: string;
      svg?: string;
    }
  >();

const only = options.only?.split(",");
const known = [...Deno.readDirSync(models)].filter(({ isDirectory, name }) =>
  isDirectory && existsSync(`${models}${name}/time.prototxt`)
).map(({ name }) => name).sort();
for (const name of only ?? []) {
  if ([...SUBJECTS, ...known].includes(name)) continue;
  fail(`Expected a model (${known.join(", ")}) or one of ${SUBJECTS.join(", ")} but found '${name}'`);
}
const batches = options.batches.split(",").map(Number);
if (!batches.every((batch) => Number.isInteger(batch) && batch > 0)) {
  fail(`Expected numbers of images, separated by commas, but found '${options.batches}'`);
}
/** Models with a net for deployment that takes images. */
const inferring: string[] = [];
for (const model of known) {
  const file = deploymentOf(model);
  if (existsSync(file) && takesImages(await readNet(file))) inferring.push(model);
}
for (const name of options.models?.split(",") ?? []) {
  if (!inferring.includes(name)) {
    fail(`Expected a model for images (${inferring.join(", ")}) but found '${name}'`);
  }
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
const inferenceRows: InferenceRow[] = [], inferenceLayers: InferenceLayers[] = [];
if (wanted("inference")) {
  const contest = { engines, python: torch?.python, rounds: options.rounds, peak };
  const named = options.models?.split(",") ?? inferring.filter((model) => !large.includes(model));
  for (const model of named) {
    for (const batch of batches) {
      const inference = { model, file: deploymentOf(model), batch };
      const rows = await benchInference(
        inference,
        contest,
        (who, reason) => console.log(`inference of ${model} is left out on ${who}: ${reason}`),
      );
      const layers = options.layers === true ? await benchInferenceLayers(inference, contest) : undefined;
      inferenceRows.push(...rows);
      if (layers !== undefined) inferenceLayers.push(layers);
      console.log(inferenceText(rows, layers));
    }
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
          inference_rows: inferenceRows,
          inference_layer_rows: inferenceLayers.flatMap(({ layerRows }) => layerRows),
          inference_group_rows: inferenceLayers.flatMap(({ groupRows }) => groupRows),
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

function deploymentOf(model: string): string {
  return `${models}${model}/deploy.prototxt`;
}

function fail(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}
