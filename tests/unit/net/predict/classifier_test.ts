import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { type NdArray, ndArray } from "../../../../data/arrays/nd_array.ts";
import { oversample } from "../../../../data/images/oversample.ts";
import { Classifier } from "../../../../net/predict/classifier.ts";
import { Detector } from "../../../../net/predict/detector.ts";

/** Outputs the first and the last value of each channel of its input. */
const NET = `name: "corners"
layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 3 dim: 2 dim: 2 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "corners"
  inner_product_param { num_output: 4 bias_term: false } }`;

function look(net: Classifier["net"]): void {
  const [weights] = net.params.get("ip")!;
  for (const [output, input] of [0, 3, 4, 7].entries()) weights!.data[output * 8 + input] = 1;
}

const near = (found: ArrayLike<number>, expected: readonly number[]) => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of Array.from(found).entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-4, `${i}: ${value} and ${expected[i]}`);
  }
};

/** An image (4, 4, 2): channel 0 counts up from 0, channel 1 from 100. */
const image = (more = 0): NdArray =>
  ndArray([4, 4, 2], Array.from({ length: 32 }, (_, i) => more + (i >> 1) + 100 * (i & 1)));

Deno.test("the classifier sees the centre of each image, or all of it", async () => {
  using middle = await Classifier.fromText(NET, { imageDims: [4, 4] });
  look(middle.net);
  const { shape, data } = middle.predict([image(), image(1), image(2), image(3)], { oversample: false });
  assert.deepEqual(shape, [4, 4]);
  near(data, [0, 1, 2, 3].flatMap((more) => [5 + more, 10 + more, 105 + more, 110 + more]));

  using whole = await Classifier.fromText(NET);
  look(whole.net);
  assert.deepEqual(whole.imageDims, [2, 2]);
  near(whole.predict([image()], { oversample: false }).data, [2.5, 12.5, 102.5, 112.5]);
});

Deno.test("ten crops are averaged", async () => {
  using classifier = await Classifier.fromText(NET, { imageDims: [4, 4] });
  look(classifier.net);
  const { shape, data } = classifier.predict([image(), image(1)]);
  assert.deepEqual(shape, [2, 4]);
  const crops = oversample([image(), image(1)], [2, 2]).data;
  const expected = [0, 1].flatMap((n) =>
    [0, 6, 1, 7].map((at) => Array.from({ length: 10 }, (_, i) => crops[(n * 10 + i) * 8 + at]!))
      .map((values) => values.reduce((sum, value) => sum + value) / 10)
  );
  near(data, expected);
});

Deno.test("images are preprocessed by the transformer", async () => {
  const options = {
    mean: [10, 20],
    rawScale: 2,
    inputScale: 0.5,
    channelSwap: [1, 0],
    imageDims: [4, 4] as const,
  };
  using classifier = await Classifier.fromText(NET, options);
  look(classifier.net);
  const { data } = classifier.predict([image()], { oversample: false });
  near(data, [(210 - 10) / 2, (220 - 10) / 2, (10 - 20) / 2, (20 - 20) / 2]);
});

Deno.test("windows of files and arrays are stretched to the net's input", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.png");
    const bytes = Uint8Array.from({ length: 48 }, (_, i) => i);
    await Deno.writeFile(
      path,
      await sharp(bytes, { raw: { width: 4, height: 4, channels: 3 } }).png().toBuffer(),
    );
    const net = NET.replace("dim: 3 dim: 2 dim: 2 dim: 2", "dim: 3 dim: 3 dim: 2 dim: 2");
    using detector = await Detector.fromText(net, { rawScale: 255 });
    const [weights] = detector.net.params.get("ip")!;
    for (let i = 0; i < 4; i++) weights!.data[i * 12 + i] = 1; // the values of channel 0
    const array = ndArray([4, 4, 3], Array.from(bytes, (value) => value / 255));
    const found = await detector.detectWindows([
      [path, [[0, 0, 2, 2], [2, 2, 4, 4], [0, 0, 4, 4]]],
      [array, [[1, 0, 3, 2]]],
    ]);
    assert.deepEqual(found.map(({ filename, window }) => [filename, window]), [
      [path, [0, 0, 2, 2]],
      [path, [2, 2, 4, 4]],
      [path, [0, 0, 4, 4]],
      [undefined, [1, 0, 3, 2]],
    ]);
    assert.deepEqual(found[0]!.prediction.shape, [4]);
    near(found[0]!.prediction.data, [0, 3, 12, 15]);
    near(found[1]!.prediction.data, [30, 33, 42, 45]);
    near(found[2]!.prediction.data, [7.5, 13.5, 31.5, 37.5]);
    near(found[3]!.prediction.data, [12, 15, 24, 27]);
    assert.deepEqual(await detector.detectWindows([[path, []]]), []);
    await assert.rejects(
      detector.detectWindows([[path, [[0, 0, 5, 2]]]]),
      /: Expected a window inside of the image, which has \d+ rows? and \d+ columns?, but found ymin 0, xmin 0, ymax 5, xmax 2/,
    );
    await assert.rejects(
      detector.detectWindows([["none.png", [[0, 0, 1, 1]]]]),
      /none.png: Expected an image/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("nets without an input of images, and images with other channels, are refused", async () => {
  await assert.rejects(
    Classifier.fromText(NET.replace("dim: 3 dim: 2 dim: 2 dim: 2", "dim: 3 dim: 8")),
    /Expected input 'data' to take images, \(N, C, H, W\), but found a shape of \(3, 8\)/,
  );
  await assert.rejects(
    Classifier.fromText(
      'layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 1 } } }',
    ),
    /to have an input but found none. A net for deployment/,
  );
  await assert.rejects(Classifier.fromText(NET, { mean: [1] }), /Expected a mean of 2 channels/);
  using classifier = await Classifier.fromText(NET);
  assert.throws(
    () => classifier.predict([ndArray([2, 2, 3])]),
    /Expected images that make \(2, 2, 2\) but found \(3, 2, 2\)/,
  );
  assert.throws(() => classifier.predict([]), /Expected images but found none/);
});
