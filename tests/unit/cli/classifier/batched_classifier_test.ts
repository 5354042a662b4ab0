import assert from "node:assert/strict";
import { crc32, deflateSync, gzipSync } from "node:zlib";
import { batchedClassifier } from "../../../../cli/classifier/batched_classifier.ts";
import { NetFailure } from "../../../../cli/classifier/net_failure.ts";
import { InputLimitError } from "../../../../data/mod.ts";
import { Predictor } from "../../../../net/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";

/** Sums of two pixels; NaN for an infinite one. */
const DEPLOY = `name: "sums"
layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 4 dim: 1 dim: 1 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "sum"
  inner_product_param { num_output: 1 weight_filler { type: "constant" value: 1 } } }`;

async function sums() {
  const predictor = await Predictor.create(netFromText(DEPLOY));
  const batches: (number | undefined)[] = [];
  const hook = predictor.net.addBeforeForward((name) => {
    if (name === "ip") batches.push(predictor.net.blob("data").shape[0]);
  });
  return {
    batches,
    classify: batchedClassifier(predictor, { format: "auto", top: 1, labels: [], oversample: false }),
    [Symbol.dispose]: () => {
      hook[Symbol.dispose]();
      predictor[Symbol.dispose]();
    },
  };
}
const raw = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
/** An IDX file of one-pixel images. */
const idx = (count: number) => {
  const bytes = new Uint8Array(16 + count);
  bytes.set([0, 0, 8, 3]);
  for (const [axis, length] of [count, 1, 1].entries()) {
    new DataView(bytes.buffer).setUint32(4 + 4 * axis, length);
  }
  return bytes;
};

/** A part of a PNG file. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length), view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

Deno.test("concurrent requests run in one batch, and each gets the score of its own input", async () => {
  using net = await sums();
  const found = await Promise.all([1, 2, 3, 4, 5].map((n) => net.classify(raw(n, 0.5), "it")));
  assert.deepEqual(found.map(([top]) => top![0]!.score), [1.5, 2.5, 3.5, 4.5, 5.5]);
  assert.deepEqual(net.batches, [4, 1]);
  assert.equal((await net.classify(raw(1, 1, 2, 2), "it")).length, 2);
});

Deno.test("scores that are no numbers fail for that input alone", async () => {
  using net = await sums();
  const [good, bad] = await Promise.allSettled(
    [raw(1, 2), raw(Infinity, -Infinity)].map((each) => net.classify(each, "it")),
  );
  assert.equal(good!.status, "fulfilled");
  const { reason } = bad as PromiseRejectedResult;
  assert.ok(reason instanceof NetFailure);
  assert.match(reason.message, /Expected scores of example 0 but found NaN/);
});

Deno.test("inputs that unpack to too much are refused before they do", async () => {
  using net = await sums();
  const large = idx(9 << 20), packed = new Uint8Array(gzipSync(large));
  assert.ok(packed.length < 20_000);
  for (const bytes of [large, packed]) {
    await assert.rejects(
      net.classify(bytes, "it"),
      (error) =>
        error instanceof InputLimitError && /it: Expected .* at most 8388608 bytes/.test(error.message),
    );
  }
  const header = new Uint8Array([0, 0, 0x17, 0x71, 0, 0, 0x0f, 0xa0, 8, 2, 0, 0, 0]); // 6001 × 4000, eight bits, RGB
  const png = new Uint8Array([
    ...[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10],
    ...chunk("IHDR", header),
    ...chunk("IDAT", new Uint8Array(deflateSync(new Uint8Array(100)))),
    ...chunk("IEND", new Uint8Array()),
  ]);
  await assert.rejects(
    net.classify(png, "it"),
    (error) =>
      error instanceof InputLimitError && /at most 24000000 pixels but found 6001 × 4000/.test(error.message),
  );
});
