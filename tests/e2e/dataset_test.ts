import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { IdxSource } from "../../data/sources/idx_source.ts";
import { LmdbSource } from "../../data/sources/lmdb_source.ts";

const main = new URL("../../cli/main.ts", import.meta.url).pathname;
const config = new URL("../../deno.json", import.meta.url).pathname;
const fashion = "/usr/share/datasets/fashion-mnist";

/** Runs `crema dataset …` in a folder. */
async function dataset(
  cwd: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, main, "dataset", ...args],
    cwd,
    // As if typed there, not run by `deno task`.
    env: { INIT_CWD: "" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crema-dataset-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("crema dataset mnist fetches 70,000 digits, and does nothing the second time", () =>
  inFolder(async (folder) => {
    const first = await dataset(folder, "mnist");
    assert.equal(first.code, 0, first.stderr);
    assert.equal(
      first.stdout,
      "mnist: data-cache/mnist/mnist_train_lmdb\nmnist: data-cache/mnist/mnist_test_lmdb\n",
    );
    assert.match(first.stderr, /Wrote mnist_train_lmdb: 60000 records/);
    const labels: number[] = [];
    for (const [part, count] of [["train", 60000], ["test", 10000]] as const) {
      using source = new LmdbSource(`${folder}/data-cache/mnist/mnist_${part}_lmdb`);
      assert.equal(source.count, count);
      const record = source.read()!;
      assert.deepEqual([record.channels, record.height, record.width, record.data.length], [1, 28, 28, 784]);
      labels.push(record.label);
    }
    // The first digits of the two sets are well known.
    assert.deepEqual(labels, [5, 7]);
    const written = await Deno.stat(`${folder}/data-cache/mnist/mnist_train_lmdb/data.mdb`);
    const second = await dataset(folder, "mnist");
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, first.stdout, ""]);
    const still = await Deno.stat(`${folder}/data-cache/mnist/mnist_train_lmdb/data.mdb`);
    assert.equal(still.ino, written.ino);
  }));

Deno.test("crema dataset fashion-mnist writes the records of Debian's files", {
  // Elsewhere it is downloaded with apt-get, which only Debian has.
  ignore: !existsSync(fashion) && !existsSync("/usr/bin/apt-get"),
}, () =>
  inFolder(async (folder) => {
    const { code, stderr } = await dataset(folder, "fashion-mnist", "--out", "here");
    assert.equal(code, 0, stderr);
    using source = new LmdbSource(`${folder}/here/fashion_mnist_test_lmdb`);
    assert.equal(source.count, 10000);
    assert.equal(source.read()!.label, 9);
    if (!existsSync(fashion)) return;
    source.seek(0);
    using idx = new IdxSource(`${fashion}/t10k-images-idx3-ubyte.gz`, `${fashion}/t10k-labels-idx1-ubyte.gz`);
    for (let record = idx.read(); record !== undefined; record = idx.read()) {
      assert.deepEqual(source.read(), { ...record, data: new Uint8Array(record.data) });
    }
    assert.equal(source.read(), undefined);
  }));

Deno.test("crema dataset says what is wrong, and leaves no files", () =>
  inFolder(async (folder) => {
    const unknown = await dataset(folder, "cifar");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /error: Expected a dataset \(mnist, fashion-mnist\) but found 'cifar'/);
    await Deno.mkdir(`${folder}/from`);
    const missing = await dataset(folder, "mnist", "--from", "from", "--out", "out");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /Expected train-images-idx3-ubyte or train-images-idx3-ubyte\.gz in 'from'/);
    assert.deepEqual(Array.from(Deno.readDirSync(`${folder}/out`)), []);
  }));
