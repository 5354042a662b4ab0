import assert from "node:assert/strict";
import { DataLayerProvider } from "../../../data/data_layer_provider.ts";
import { planLayers } from "../../../ffi/host/plan_layers.ts";
import { NetHandle } from "../../../ffi/net_handle.ts";
import type { SourceState } from "../../../proto/messages.ts";
import { netFromText } from "../../../proto/nets/read_net.ts";
import { SAMPLE, SAMPLE_RECORDS } from "./sources/leveldb/sample.ts";
import { engine, numbered, numberedLmdb, temporaryFolder, writeLmdb } from "./fixture.ts";

interface Options {
  param?: string;
  transform?: string;
  tops?: string[];
  phase?: "TRAIN" | "TEST";
  net?: number;
  seed?: number;
}

/** A net with one Data layer, which reads the LMDB `db` beside the prototxt. */
async function dataNet(folder: string, options: Options = {}): Promise<NetHandle> {
  const { param = 'source: "db" batch_size: 4 backend: LMDB', transform = "", tops = ["data", "label"] } =
    options;
  const text = `layer {
  name: "input" type: "Data" ${tops.map((top) => `top: "${top}"`).join(" ")}
  data_param { ${param} }
  ${transform && `transform_param { ${transform} }`}
}`;
  const file = `${folder}/net.prototxt`;
  const { phase = "TRAIN", net = -1, seed = 1 } = options;
  const message = { ...netFromText(text, file), state: { phase } };
  const layers = await planLayers(message, [new DataLayerProvider(engine())], { phase, file, net, seed });
  return NetHandle.create(engine(), message, { layers });
}

/** The next batch: the values of each top. */
function next(net: NetHandle): number[][] {
  net.forward();
  return net.blobs.map((blob) => Array.from(blob.data));
}

function numbersOf([data]: number[][], size = 12): number[] {
  return Array.from({ length: data!.length / size }, (_, item) => data![item * size]!);
}

function stateOf(net: NetHandle): SourceState {
  return net.hostLayers[0]!.layer.saveState!();
}

Deno.test("a Data layer gives values and labels, batch by batch", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 10);
  using net = await dataNet(folder.path, { transform: "scale: 0.5" });
  assert.deepEqual(net.blobs.map((blob) => blob.shape), [[4, 1, 4, 3], [4]]);
  for (let batch = 0; batch < 6; batch++) {
    const indices = [0, 1, 2, 3].map((item) => (4 * batch + item) % 10);
    assert.deepEqual(next(net), [
      indices.flatMap((index) => Array.from(numbered(index).data, (value) => value / 2)),
      indices,
    ]);
  }
});

Deno.test("a Data layer works without labels", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 10);
  using net = await dataNet(folder.path, { tops: ["data"] });
  assert.deepEqual(numbersOf(next(net)), [0, 1, 2, 3]);
});

Deno.test("a restored Data layer continues from the same position, whatever its seed was", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 10);
  const options = {
    param: 'source: "db" batch_size: 4 backend: LMDB shuffle: true rand_skip: 7',
    transform: "crop_size: 2 mirror: true",
  };
  using net = await dataNet(folder.path, options);
  for (let batch = 0; batch < 7; batch++) next(net);
  const state = stateOf(net);
  const expected = Array.from({ length: 10 }, () => next(net));
  for (const seed of [1, 99]) {
    using resumed = await dataNet(folder.path, { ...options, seed });
    next(resumed);
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(stateOf(resumed), state);
    assert.deepEqual(Array.from({ length: 10 }, () => next(resumed)), expected);
  }
});

Deno.test("the same seed gives the same run, and another seed gives another", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 50);
  const run = async (options: Options) => {
    using net = await dataNet(folder.path, {
      param: 'source: "db" batch_size: 8 backend: LMDB shuffle: true',
      ...options,
    });
    return Array.from({ length: 10 }, () => numbersOf(next(net)));
  };
  const first = await run({ seed: 5 });
  assert.deepEqual(await run({ seed: 5 }), first);
  assert.notDeepEqual(await run({ seed: 6 }), first);
  assert.notDeepEqual(await run({ seed: 5, net: 0 }), first);
  // Without a seed, runs differ.
  assert.notDeepEqual(await run({ seed: -1 }), await run({ seed: -1 }));
  for (let epoch = 0; epoch < 1; epoch++) assert.equal(new Set(first.flat().slice(0, 50)).size, 50);
});

Deno.test("rand_skip starts at another record, and later epochs are complete", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 10);
  const starts = new Set<number>();
  for (let seed = 0; seed < 12; seed++) {
    using net = await dataNet(folder.path, {
      param: 'source: "db" batch_size: 1 backend: LMDB rand_skip: 25',
      seed,
    });
    const first = numbersOf(next(net))[0]!;
    starts.add(first);
    for (let i = 1; i < 12; i++) assert.deepEqual(numbersOf(next(net)), [(first + i) % 10]);
  }
  assert.ok(starts.size > 3);
});

Deno.test("two layers can read one LMDB", async () => {
  using folder = temporaryFolder();
  numberedLmdb(`${folder.path}/db`, 10);
  using train = await dataNet(folder.path);
  {
    using test = await dataNet(folder.path, { phase: "TEST", net: 0 });
    assert.deepEqual(numbersOf(next(test)), [0, 1, 2, 3]);
    assert.deepEqual(numbersOf(next(train)), [0, 1, 2, 3]);
  }
  for (let batch = 1; batch < 9; batch++) {
    assert.deepEqual(numbersOf(next(train)), [0, 1, 2, 3].map((item) => (4 * batch + item) % 10));
  }
});

Deno.test("batches of one record change the shape of the top, as in Caffe", async () => {
  using folder = temporaryFolder();
  writeLmdb(`${folder.path}/db`, [numbered(0), numbered(1, 3, 5, 6), numbered(2, 1, 2, 2)]);
  using net = await dataNet(folder.path, { param: 'source: "db" batch_size: 1 backend: LMDB' });
  const shapes = Array.from({ length: 4 }, () => {
    net.forward();
    return net.blobs[0]!.shape;
  });
  assert.deepEqual(shapes, [[1, 1, 4, 3], [1, 3, 5, 6], [1, 1, 2, 2], [1, 1, 4, 3]]);
});

Deno.test("a damaged record fails the forward pass, naming the layer, and the net stays usable", async () => {
  using folder = temporaryFolder();
  writeLmdb(`${folder.path}/db`, [...Array(4).keys()].map((i) => numbered(i, 1, 4, i === 3 ? 2 : 3)));
  using net = await dataNet(folder.path, { param: 'source: "db" batch_size: 2 backend: LMDB' });
  next(net);
  for (let time = 0; time < 2; time++) {
    assert.throws(() => net.forward(), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, /net\.prototxt:1:?.*layer 'input'.*record 3 \(key '00000003'\)/);
      return true;
    });
  }
});

Deno.test("a Data layer reads a LevelDB, which is the default backend, in order, skipped and shuffled", async () => {
  using folder = temporaryFolder();
  for (
    const [param, isOrdered] of [["", true], ["rand_skip: 200", true], ["shuffle: true", false]] as const
  ) {
    const options = { param: `source: "${SAMPLE}" batch_size: 45 ${param}` };
    using net = await dataNet(folder.path, options);
    const epoch = [...numbersOf(next(net)), ...numbersOf(next(net))];
    assert.deepEqual(epoch.toSorted((a, b) => a - b), Array.from({ length: SAMPLE_RECORDS }, (_, i) => i));
    const first = epoch[0]!;
    assert.equal(epoch.every((number, i) => number === (first + i) % SAMPLE_RECORDS), isOrdered);
    const state = stateOf(net), expected = Array.from({ length: 3 }, () => next(net));
    using resumed = await dataNet(folder.path, { ...options, seed: 9 });
    resumed.hostLayers[0]!.layer.restoreState!(state);
    assert.deepEqual(Array.from({ length: 3 }, () => next(resumed)), expected);
  }
});

const wrong: [what: string, options: Options, message: RegExp][] = [
  [
    "no source",
    { param: "batch_size: 1 backend: LMDB" },
    /Expected a data_param with a source but found none/,
  ],
  [
    "no batch_size",
    { param: 'source: "db" backend: LMDB' },
    /Expected a batch_size of at least 1 but found 0/,
  ],
  [
    "a prefetch of 0",
    { param: 'source: "db" batch_size: 1 backend: LMDB prefetch: 0' },
    /Expected a prefetch of at/,
  ],
  [
    "an LMDB but no backend",
    { param: 'source: "db" batch_size: 1' },
    /Expected a LevelDB at '.*db' but found an LMDB\. Say `backend: LMDB`/,
  ],
  [
    "a missing LMDB",
    { param: 'source: "nodb" batch_size: 1 backend: LMDB' },
    /Expected an LMDB at 'nodb' but found/,
  ],
  [
    "a crop that is too large",
    { transform: "crop_size: 4" },
    /Expected records of at least 4x4, the crop_size/,
  ],
  [
    "a missing mean",
    { transform: 'mean_file: "no.mean"' },
    /no\.mean: Expected a mean_file but found no such file/,
  ],
  ["three tops", { tops: ["a", "b", "c"] }, /Expected 1 or 2 tops but found 3/],
];

for (const [what, options, message] of wrong) {
  Deno.test(`a Data layer with ${what} is an error that names the layer and line`, async () => {
    using folder = temporaryFolder();
    numberedLmdb(`${folder.path}/db`, 3);
    await assert.rejects(dataNet(folder.path, options), (error: Error) => {
      assert.equal(error.name, "CremaError");
      assert.match(error.message, message);
      assert.match(error.message, /net\.prototxt:1.*layer 'input'/);
      return true;
    });
  });
}
