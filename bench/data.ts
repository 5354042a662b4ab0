import { LmdbWriter } from "../data/mod.ts";
import { loadSharp } from "../data/images/load_sharp.ts";
import type { Engine } from "../ffi/mod.ts";
import { Solver } from "../train/mod.ts";
import { solverFromText } from "../proto/mod.ts";
import { inTurn } from "./measure.ts";

/** What one way to read data costs a training. Times are medians of whole iterations, in milliseconds. */
export interface DataRow {
  /** The layer, what it reads, and the net above it. */
  path: string;
  engine: string;
  batch: number;
  /** With DummyData of the same shapes. */
  dummy_ms: number;
  /** With the data layer. */
  data_ms: number;
  /** The data layer alone, as fast as its Worker can. */
  alone_ms: number;
  /** What an iteration waits for: the arithmetic, or the data. */
  bound: "arithmetic" | "data";
}

/** A data layer to measure, with the net above it. */
interface Subject {
  path: string;
  batch: number;
  /** C, H, W. */
  shape: readonly [number, number, number];
  /** The data layer's prototxt. */
  layer: string;
  /** The layers above it. */
  net: string;
}

/** Number of images of each kind. */
const IMAGES = 128;

/** Measures the data layers in front of nets, against DummyData, on one engine. Writes the data to a folder of its own. */
export async function benchData(engine: Engine, rounds: number): Promise<DataRow[]> {
  const folder = await Deno.makeTempDir({ prefix: "crema-bench-" });
  try {
    const rows: DataRow[] = [];
    for (const subject of await subjects(folder)) rows.push(await measure(subject, engine, rounds));
    return rows;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(subject: Subject, engine: Engine, rounds: number): Promise<DataRow> {
  const { path, batch, shape: [channels, height, width], layer, net } = subject;
  const dummy = `layer { name: "data" type: "DummyData" top: "data" top: "label" dummy_data_param {
    shape { dim: ${batch} dim: ${channels} dim: ${height} dim: ${width} } shape { dim: ${batch} }
    data_filler { type: "constant" value: 1 } } }`; // which costs nothing after the first iteration
  using withDummy = await solverOf(`${dummy} ${net}`, engine);
  using withData = await solverOf(`${layer} ${net}`, engine);
  using alone = await solverOf(
    `${layer} layer { name: "sink" type: "Silence" bottom: "data" bottom: "label" }`,
    engine,
  );
  const step = (solver: Solver) => () => void solver.step();
  const forward = () => void alone.net.forward();
  // Each in a turn of its own: a Worker that reads ahead for one would take time from the other.
  const [dummy_ms = NaN] = inTurn([step(withDummy)], { rounds, warmUp: 3 });
  const [data_ms = NaN] = inTurn([step(withData)], { rounds, warmUp: 6 });
  const [alone_ms = NaN] = inTurn([forward], { rounds: 3 * rounds, warmUp: 6 });
  const bound = alone_ms < dummy_ms ? "arithmetic" : "data";
  return { path, engine: engine.name, batch, dummy_ms, data_ms, alone_ms, bound };
}

async function solverOf(net: string, engine: Engine): Promise<Solver> {
  const param = solverFromText(
    `base_lr: 0.0001 lr_policy: "fixed" random_seed: 1 snapshot_after_train: false net_param { ${net} }`,
  );
  return await Solver.create(param, { engine });
}

async function subjects(folder: string): Promise<Subject[]> {
  const lmdb = `${folder}/digits_lmdb`, list = `${folder}/list.txt`;
  writeDigits(lmdb);
  await writePhotographs(folder, list);
  return [
    {
      path: "Data (LMDB, 1x28x28), LeNet",
      batch: 64,
      shape: [1, 28, 28],
      layer: `layer { name: "data" type: "Data" top: "data" top: "label" transform_param { scale: 0.00390625 }
        data_param { source: "${lmdb}" batch_size: 64 backend: LMDB } }`,
      net: LENET,
    },
    {
      path: "ImageData (JPEG, 256x256, crop 227), AlexNet's convolutions",
      batch: 32,
      shape: [3, 227, 227],
      layer: `layer { name: "data" type: "ImageData" top: "data" top: "label"
        transform_param { crop_size: 227 mirror: true mean_value: 104 mean_value: 117 mean_value: 123 }
        image_data_param { source: "${list}" root_folder: "${folder}/" batch_size: 32 shuffle: true } }`,
      net: ALEXNET,
    },
  ];
}

function writeDigits(path: string): void {
  using writer = new LmdbWriter(path);
  for (let label = 0; label < 64 * 8; label++) {
    const data = Uint8Array.from({ length: 784 }, (_, i) => (i * 7 + label * 31) & 255);
    writer.write({ channels: 1, height: 28, width: 28, label: label % 10, data, encoded: false });
  }
  writer.finish();
}

/** Images as smooth as photographs, with some noise: about 20 kB each. */
async function writePhotographs(folder: string, list: string): Promise<void> {
  const sharp = await loadSharp(), lines: string[] = [];
  for (let i = 0; i < IMAGES; i++) {
    const raw = { width: 24, height: 24, channels: 3 } as const;
    const noise = Uint8Array.from(
      { length: 24 * 24 * 3 },
      (_, at) => (at * 193 + i * 71 + at * at * 7) & 255,
    );
    await sharp(noise, { raw }).resize(256, 256, { fit: "fill", kernel: "cubic" }).jpeg({ quality: 90 })
      .toFile(`${folder}/${i}.jpg`);
    lines.push(`${i}.jpg ${i % 10}\n`);
  }
  await Deno.writeTextFile(list, lines.join(""));
}

/** A convolution with its activation; `rest` is the convolution's other parameters. */
const conv = (name: string, bottom: string, rest: string) =>
  `layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${name}"
    convolution_param { ${rest} weight_filler { type: "xavier" } } }
  layer { name: "${name}_relu" type: "ReLU" bottom: "${name}" top: "${name}" }`;
const pool = (name: string, bottom: string, size: number) =>
  `layer { name: "${name}" type: "Pooling" bottom: "${bottom}" top: "${name}"
    pooling_param { pool: MAX kernel_size: ${size} stride: 2 } }`;
const classes = (bottom: string) =>
  `layer { name: "score" type: "InnerProduct" bottom: "${bottom}" top: "score"
    inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }`;

const LENET = [
  conv("conv1", "data", "num_output: 20 kernel_size: 5"),
  pool("pool1", "conv1", 2),
  conv("conv2", "pool1", "num_output: 50 kernel_size: 5"),
  pool("pool2", "conv2", 2),
  classes("pool2"),
].join("\n");

const ALEXNET = [
  conv("conv1", "data", "num_output: 96 kernel_size: 11 stride: 4"),
  pool("pool1", "conv1", 3),
  conv("conv2", "pool1", "num_output: 256 kernel_size: 5 pad: 2 group: 2"),
  pool("pool2", "conv2", 3),
  conv("conv3", "pool2", "num_output: 384 kernel_size: 3 pad: 1"),
  conv("conv4", "conv3", "num_output: 384 kernel_size: 3 pad: 1 group: 2"),
  conv("conv5", "conv4", "num_output: 256 kernel_size: 3 pad: 1 group: 2"),
  pool("pool5", "conv5", 3),
  classes("pool5"),
].join("\n");
