import assert from "node:assert/strict";
import ort from "onnxruntime-node";
import { ndArray } from "../../../../data/mod.ts";
import { exportOnnx, type InputPreprocessing } from "../../../../net/export/mod.ts";
import { Classifier } from "../../../../net/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectNear } from "../../onnx/judge.ts";

const net = (channels: number) =>
  `layer { name: "data" type: "Input" top: "data" input_param { shape {
    dim: 2 dim: ${channels} dim: 4 dim: 5 } } }
  layer { name: "y" type: "Power" bottom: "data" top: "y" power_param { scale: 2 } }`;

/** Expects the model to make of an image of bytes what a Classifier makes of the image from 0 to 1. */
async function expectAsClassifier(preprocess: InputPreprocessing): Promise<void> {
  const param = netFromText(net(3));
  const session = await ort.InferenceSession.create(await exportOnnx(param, { preprocess }));
  const bytes = Float32Array.from({ length: 60 }, (_, i) => (37 * i) % 256); // (H, W, 3)
  using classifier = await Classifier.create(param, preprocess);
  const { data: expected } = classifier.predict([ndArray([4, 5, 3], bytes.map((value) => value / 255))], {
    oversample: false,
  });
  const planes = Float32Array.from({ length: 60 }, (_, i) => bytes[(i % 20) * 3 + Math.floor(i / 20)]!);
  const { y } = await session.run({ data: new ort.Tensor("float32", planes, [1, 3, 4, 5]) });
  expectNear(y!.data as Float32Array, expected, 1e-5, JSON.stringify(preprocess));
  await session.release();
}

Deno.test("a model that prepares images does what a Classifier does", async () => {
  const image = ndArray([3, 4, 5], Float32Array.from({ length: 60 }, (_, i) => 100 + i));
  const other = ndArray([1, 3, 2, 2], Float32Array.from({ length: 12 }, (_, i) => 100 + 5 * i));
  for (
    const preprocess of [
      { rawScale: 255, mean: [104, 117, 123], channelSwap: [2, 1, 0] },
      { rawScale: 255, mean: [104, 117, 123], channelSwap: [2, 1, 0], inputScale: 0.017 },
      { mean: [0.4, 0.5, 0.6], inputScale: 4 },
      { rawScale: 255 },
      { rawScale: 128, channelSwap: [1, 2, 0] },
      { rawScale: 255, mean: image },
      { rawScale: 255, mean: other }, // resized
    ]
  ) await expectAsClassifier(preprocess);
});

Deno.test("a net of grey images gets the grey of images in RGB", async () => {
  const preprocess = { rawScale: 255, mean: [100] };
  const session = await ort.InferenceSession.create(await exportOnnx(netFromText(net(1)), { preprocess }));
  const pixels = Float32Array.from({ length: 60 }, (_, i) => [10, 100, 200][Math.floor(i / 20)]!);
  const { y } = await session.run({ data: new ort.Tensor("float32", pixels, [1, 3, 4, 5]) });
  const grey = 0.2125 * 10 + 0.7154 * 100 + 0.0721 * 200;
  expectNear(y!.data as Float32Array, new Float32Array(20).fill(2 * (grey - 100)), 1e-5, "grey");
  await session.release();
});

Deno.test("preprocessing that does not fit the net is an error that says why", async () => {
  const error = (channels: number, preprocess: InputPreprocessing) =>
    exportOnnx(netFromText(net(channels)), { preprocess }).then(
      () => "none",
      (error: Error) => error.message,
    );
  assert.match(
    await error(4, { rawScale: 255 }),
    /Expected input 'data' to take 3 channels, or 1, but found 4/,
  );
  assert.match(await error(3, { mean: [1, 2] }), /Expected a mean of 3 channels for input 'data' but found/);
  assert.match(
    await error(3, { channelSwap: [0, 1] }),
    /Expected an order of the 3 channels of input 'data'/,
  );
});
