import { join } from "node:path";
import { loadImage } from "../../../data/images/load_image.ts";
import { decodeRecord } from "../../../data/images/encoded_image.ts";
import { readMeanFile } from "../../../data/images/read_mean_file.ts";
import { CsvTable } from "../../../data/sources/csv_table.ts";
import { IdxSource } from "../../../data/sources/idx_source.ts";
import { LmdbSource } from "../../../data/sources/lmdb_source.ts";
import type { RecordSource } from "../../../data/sources/record_source.ts";
import { Net } from "../../../net/net.ts";
import { openWeights, weightedLayers } from "../../../net/read_weights.ts";
import { readWeights as readStored } from "../../../net/weights/read_weights.ts";
import { importOnnx, withoutBlobs } from "../../../onnx/import/import_onnx.ts";
import { encode } from "../../../proto/codec/binary.ts";
import { readNet } from "../../../proto/nets/read_net.ts";
import { readSolver } from "../../../proto/nets/read_solver.ts";
import { readLock, writeLock } from "../../../script/modules/lock_file.ts";
import { restoreSnapshot } from "../../../train/snapshot.ts";
import { Solver } from "../../../train/solver.ts";
import { corpusFolder } from "./corpus.ts";
import type { Format } from "./format.ts";
import { faultyFormats } from "./faulty_formats.ts";
import { SMALL_NET, SMALL_SOLVER } from "./small_solver.ts";

/** Nets with larger numbers than this are read but not made: they may want any amount of memory. */
const LARGEST_NUMBER = 64;

/** Nets of ONNX models with more values than this are not made. */
const LARGEST_IMPORT = 1e6;

/** The formats, by name. */
export const formats: Readonly<Record<string, Format>> = {
  net: {
    extension: ".prototxt",
    text: true,
    read: async (path) => {
      const param = await readNet(path);
      if (isSmall(path)) (await Net.create(param, { seed: 1 }))[Symbol.dispose]();
    },
  },
  solver: {
    extension: ".prototxt",
    text: true,
    read: async (path) => {
      const param = await readSolver(path);
      if (isSmall(path)) (await Solver.create(param))[Symbol.dispose]();
    },
  },
  caffemodel: { extension: ".caffemodel", read: readWeights },
  hdf5_weights: { extension: ".caffemodel.h5", read: readWeights },
  safetensors: { extension: ".safetensors", read: readWeights },
  npz: { extension: ".npz", read: readWeights },
  onnx_weights: { extension: ".onnx", read: readValues },
  solverstate: { extension: ".solverstate", read: readState },
  hdf5_state: { extension: ".solverstate.h5", read: readState },
  onnx: {
    extension: ".onnx",
    read: async (path) => {
      const { net, shapes, report } = await importOnnx(path);
      const values = [...shapes.values()].map((shape) => shape.reduce((product, dim) => product * dim, 1));
      if (report.parameters + values.reduce((sum, count) => sum + count, 0) > LARGEST_IMPORT) return;
      using made = await Net.create(withoutBlobs(net), {
        phase: "TEST",
        weights: encode("NetParameter", net),
      });
      made.forward();
    },
  },
  image: {
    extension: ".png",
    read: async (path) => {
      const data = await Deno.readFile(path);
      const record = { channels: 0, height: 0, width: 0, label: 0, encoded: true, data };
      await decodeRecord(record, { forceColor: false, forceGray: false });
      await loadImage(path);
    },
  },
  csv: {
    extension: ".csv",
    text: true,
    read: (path) => {
      const table = CsvTable.read(path);
      for (let row = 0; row < Math.min(table.rows, 100); row++) {
        for (const [column] of table.columns.entries()) table.number(row, column);
      }
      return Promise.resolve();
    },
  },
  idx: {
    extension: ".idx",
    read: (path) => {
      using source = new IdxSource(path, join(corpusFolder("idx"), "labels.idx"));
      readAll(source);
      return Promise.resolve();
    },
  },
  mean: {
    extension: ".binaryproto",
    read: (path) => {
      readMeanFile(path);
      return Promise.resolve();
    },
  },
  lock: {
    extension: ".lock",
    text: true,
    read: async (path) => {
      const lock = await readLock(path);
      if (lock !== undefined) await writeLock(`${path}.again`, lock);
    },
  },
  lmdb: {
    extension: ".mdb",
    read: async (path) => {
      const folder = `${path}.folder`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.copyFile(path, join(folder, "data.mdb"));
      using source = new LmdbSource(folder);
      readAll(source);
    },
  },
};

/** A format by name: one of `formats`, or of `faultyFormats`. */
export function formatOf(name: string): Format {
  const format = formats[name] ?? faultyFormats[name];
  if (format === undefined) throw new Error(`Expected one of ${formatNames.join(", ")} but found ${name}`);
  return format;
}

/** The names of the formats. */
export const formatNames: readonly string[] = Object.keys(formats);

function readAll(source: RecordSource): void {
  for (let record = 0; record < 100 && source.read() !== undefined; record++);
}

/** Whether a prototxt has no large number, in whatever form. */
function isSmall(path: string): boolean {
  const text = Deno.readTextFileSync(path);
  return [...text.matchAll(/[\d.]+(e[+-]?\d+)?|0x[\da-f]+/gi)].every(([number]) =>
    !(Number(number) > LARGEST_NUMBER)
  );
}

let net: Promise<Net> | undefined;

async function readWeights(path: string): Promise<void> {
  net ??= Net.fromText(SMALL_NET, { phase: "TRAIN", seed: 1 });
  const { handle } = await net;
  const copyTo = await openWeights(path);
  copyTo(handle);
  await weightedLayers(path);
  handle.forward();
}

async function readValues(path: string): Promise<void> {
  for (const parameter of (await readStored(path)).parameters) parameter.read();
}

let solver: Promise<Solver> | undefined;

async function readState(path: string): Promise<void> {
  solver ??= Solver.fromText(SMALL_SOLVER);
  await restoreSnapshot(await solver, path);
  (await solver).step();
}
