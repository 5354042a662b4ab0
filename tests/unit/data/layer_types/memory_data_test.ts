import assert from "node:assert/strict";
import { MemoryDataLayer } from "../../../../data/memory_data_layer.ts";
import { Net } from "../../../../net/net.ts";

const prototxt = (transform = "", top = 'top: "label"') =>
  `layer { name: "in" type: "MemoryData" top: "data" ${top}
    memory_data_param { batch_size: 2 channels: 3 height: 1 width: 2 } transform_param { ${transform} } }`;

async function memoryNet(transform = ""): Promise<{ net: Net; layer: MemoryDataLayer }> {
  const net = await Net.fromText(prototxt(transform), { phase: "TRAIN", seed: 3 });
  const { layer } = net.layer("in");
  assert.ok(layer instanceof MemoryDataLayer);
  return { net, layer };
}

function next(net: Net): number[][] {
  net.forward();
  return ["data", "label"].map((name) => [...net.blob(name).read()]);
}

const count = (first: number, length: number) => Array.from({ length }, (_, i) => first + i);

Deno.test("MemoryData gives what reset gave it, batch by batch, and again", async () => {
  const { net, layer } = await memoryNet("scale: 100");
  using _net = net;
  assert.throws(() => net.forward(), /layer 'in'.*Expected data from the program but found none.*reset/);
  layer.reset(Float32Array.from(count(0, 24)), [5, 6, 7, 8]);
  for (let pass = 0; pass < 2; pass++) {
    assert.deepEqual(next(net), [count(0, 12), [5, 6]]);
    assert.deepEqual(next(net), [count(12, 12), [7, 8]]);
  }
  layer.batchSize = 1;
  layer.reset(Float32Array.from(count(50, 6)), [1]);
  assert.deepEqual(next(net), [count(50, 6), [1]]);
});

Deno.test("MemoryData transforms images, and takes new ones when those are read", async () => {
  const { net, layer } = await memoryNet("scale: 2 mean_value: 1");
  using _net = net;
  const image = (first: number) => ({ shape: [1, 2, 3], data: Uint8Array.from(count(first, 6)) });
  layer.addMatVector([image(1), image(11)], [3, 4]);
  assert.throws(() => layer.addMatVector([image(1), image(1)], [3, 4]), /found that they were not/);
  assert.throws(() => layer.batchSize = 4, /found that they were not/);
  assert.deepEqual(next(net), [[0, 6, 2, 8, 4, 10, 20, 26, 22, 28, 24, 30], [3, 4]]);
  layer.addMatVector([image(1), image(1)], [3, 4]);
});

Deno.test("MemoryData crops and flips at random, as its seed says, and goes on after a restore", async () => {
  const record = () => ({
    channels: 3,
    height: 1,
    width: 2,
    label: 0,
    encoded: false,
    data: Uint8Array.from(count(0, 6)),
  });
  const add = (layer: MemoryDataLayer) => layer.addDatumVector(Array.from({ length: 20 }, record));
  const rest = (net: Net) => Array.from({ length: 10 }, () => next(net));
  const first = await memoryNet("mirror: true"), second = await memoryNet("mirror: true");
  using _first = first.net;
  using _second = second.net;
  add(first.layer);
  const all = rest(first.net);
  assert.equal(new Set(all.flatMap(([data]) => [data!.slice(0, 6).join(), data!.slice(6).join()])).size, 2);
  const state = first.layer.saveState();
  add(first.layer);
  second.layer.restoreState(state);
  add(second.layer);
  assert.deepEqual(rest(second.net), rest(first.net));
});

Deno.test("MemoryData refuses what does not fit", async () => {
  const { net, layer } = await memoryNet();
  using _net = net;
  assert.throws(
    () => layer.reset(new Float32Array(18), [1, 2, 3]),
    /Expected a multiple of the batch size, 2, .* found 3/,
  );
  assert.throws(
    () => layer.reset(new Float32Array(13), [1, 2]),
    /Expected 12 values for 2 labels but found 13/,
  );
  const image = { shape: [2, 2, 3], data: new Uint8Array(12) };
  assert.throws(
    () => layer.addMatVector([image, image], [1, 2]),
    /Expected record 0 to be 3x1x2 .* but found 3x2x2/,
  );
  assert.throws(
    () => layer.addMatVector([image], [1, 2]),
    /Expected a label for each of 1 image but found 2/,
  );
  await assert.rejects(Net.fromText(prototxt("", "")), /layer 'in'.*Expected 2 tops/);
  await assert.rejects(
    Net.fromText(prototxt().replace("width: 2", "")),
    /Expected channels, height and width/,
  );
});
