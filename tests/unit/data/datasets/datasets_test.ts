import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  type Dataset,
  type DatasetProgress,
  datasets,
  makeDataset,
} from "../../../../data/datasets/datasets.ts";
import { fromNpm } from "../../../../data/datasets/dataset_fetch.ts";
import { LmdbSource } from "../../../../data/sources/lmdb_source.ts";
import { CremaError } from "../../../../base/error.ts";
import { idxBytes, temporaryFolder } from "../fixture.ts";

const COUNT = 2500;
const images = idxBytes([COUNT, 2, 2], Uint8Array.from({ length: 4 * COUNT }, (_, i) => i * 7));
const labels = idxBytes([COUNT], Uint8Array.from({ length: COUNT }, (_, i) => i % 10));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A small dataset of two parts, whose files look like those from a package. */
function small(overrides: Partial<Dataset> = {}): Dataset {
  const part = (name: string) => ({
    lmdb: `${name}_lmdb`,
    count: COUNT,
    images: { file: `${name}-images`, sha256: sha256(images) },
    labels: { file: `${name}-labels`, sha256: sha256(labels) },
  });
  return {
    name: "small",
    description: "",
    origin: "a test",
    fetch: (folder) => {
      for (const name of ["train", "test"]) {
        Deno.writeFileSync(`${folder}/${name}-images`, images);
        Deno.writeFileSync(`${folder}/${name}-labels.gz`, gzipSync(labels));
      }
      return Promise.resolve(folder);
    },
    parts: [part("train"), part("test")],
    ...overrides,
  };
}

function entries(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name).toSorted();
}

Deno.test("a dataset becomes LMDBs of all its records and leaves nothing else behind", async () => {
  using folder = temporaryFolder();
  const out = `${folder.path}/out`;
  const progress: DatasetProgress[] = [];
  const folders = await makeDataset(small(), { out, onProgress: (event) => progress.push(event) });
  assert.deepEqual(folders, [`${out}/train_lmdb`, `${out}/test_lmdb`]);
  assert.deepEqual(entries(out), ["test_lmdb", "train_lmdb"]);
  assert.deepEqual(progress[0], { step: "fetch", origin: "a test" });
  assert.deepEqual(progress[2], { step: "write", lmdb: "train_lmdb", done: 2000, total: COUNT });
  assert.deepEqual(progress.at(-1), { step: "write", lmdb: "test_lmdb", done: COUNT, total: COUNT });
  using source = new LmdbSource(folders[1]!);
  for (let i = 0; i < COUNT; i++) {
    const record = source.read()!;
    assert.equal(record.label, i % 10);
    assert.deepEqual(record.data, images.subarray(16 + 4 * i, 20 + 4 * i));
  }
});

Deno.test("an existing dataset is not made again unless forced or damaged", async () => {
  using folder = temporaryFolder();
  const out = folder.path;
  let fetches = 0;
  const dataset = small();
  const counting = small({ fetch: (...args) => (fetches++, dataset.fetch(...args)) });
  await makeDataset(counting, { out });
  await makeDataset(counting, { out });
  assert.equal(fetches, 1);
  await makeDataset(counting, { out, force: true });
  assert.equal(fetches, 2);
  Deno.truncateSync(`${out}/test_lmdb/data.mdb`, 5000);
  await makeDataset(counting, { out });
  assert.equal(fetches, 3);
  using source = new LmdbSource(`${out}/test_lmdb`);
  assert.equal(source.count, COUNT);
  assert.deepEqual(entries(out), ["test_lmdb", "train_lmdb"]);
});

Deno.test("a file with a wrong SHA-256 is refused and leaves nothing behind", async () => {
  using folder = temporaryFolder();
  const dataset = small();
  const damaging = small({
    fetch: async (work, signal) => {
      const files = await dataset.fetch(work, signal);
      Deno.writeFileSync(`${files}/test-labels.gz`, gzipSync(labels.toReversed()));
      return files;
    },
  });
  await assert.rejects(makeDataset(damaging, { out: folder.path }), (error: Error) => {
    assert.equal(error.name, "CremaError");
    assert.match(error.message, /test-labels\.gz: Expected the SHA-256 [0-9a-f]{64} but found [0-9a-f]{64}/);
    return true;
  });
  assert.deepEqual(entries(folder.path), []);
});

Deno.test("the user's own files are used in place, and missing ones are named", async () => {
  using folder = temporaryFolder();
  const from = `${folder.path}/from`, out = `${folder.path}/out`;
  Deno.mkdirSync(from);
  const dataset = small();
  const offline = small({ fetch: () => Promise.reject(new Error("fetched")) });
  await assert.rejects(
    makeDataset(offline, { out, from }),
    /Expected train-images or train-images\.gz in '.*from'/,
  );
  await dataset.fetch(from, undefined);
  await makeDataset(offline, { out, from });
  assert.deepEqual(entries(out), ["test_lmdb", "train_lmdb"]);
  assert.equal(entries(from).length, 4);
});

Deno.test("an interrupted run leaves nothing behind; the next one cleans up after a killed run", async () => {
  using folder = temporaryFolder();
  const out = folder.path;
  const abort = new AbortController();
  const onProgress = (event: DatasetProgress) => {
    if (event.step === "write" && event.lmdb === "test_lmdb") abort.abort(new CremaError("stopped"));
  };
  await assert.rejects(makeDataset(small(), { out, onProgress, signal: abort.signal }), /stopped/);
  assert.deepEqual(entries(out), []);
  // No process has this number: it is above Linux's limit.
  Deno.mkdirSync(`${out}/.dataset-99999999.tmp`);
  Deno.mkdirSync(`${out}/.dataset-1.tmp`);
  await makeDataset(small(), { out });
  assert.deepEqual(entries(out), [".dataset-1.tmp", "test_lmdb", "train_lmdb"]);
});

Deno.test("an error of npm is passed on, and a full disk is called that", async () => {
  using folder = temporaryFolder();
  const program = `${folder.path}/npm`;
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", `${folder.path}:${path}`);
  try {
    const failsWith = async (script: string, message: RegExp) => {
      Deno.writeTextFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      await assert.rejects(fromNpm("some-data@1.0.0", "data")(folder.path, undefined), message);
    };
    const enospc = "npm error code ENOSPC\nnpm error nospc There appears to be insufficient space";
    await failsWith(
      `echo "${enospc}" >&2; exit 228`,
      /Expected `npm pack some-data@1\.0\.0 .*but found no space left on disk\. Free some space/,
    );
    // npm says what was wrong unless it is told to be silent.
    await failsWith(
      'for argument; do test "$argument" = --silent && exit 1; done; echo "npm error code E404" >&2; exit 1',
      /found exit status 1: npm error code E404\. Check that `npm view/,
    );
  } finally {
    Deno.env.set("PATH", path);
  }
});

Deno.test("the known datasets are complete", () => {
  assert.deepEqual([...datasets.keys()], ["mnist", "fashion-mnist"]);
  for (const { parts } of datasets.values()) {
    assert.deepEqual(parts.map(({ count }) => count), [60000, 10000]);
    const hashes = parts.flatMap(({ images, labels }) => [images.sha256, labels.sha256]);
    assert.equal(new Set(hashes).size, 4);
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/);
  }
});
