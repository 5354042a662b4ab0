import assert from "node:assert/strict";
import { ndArray } from "../../../../data/mod.ts";
import {
  Predictor,
  preprocessingOptions,
  preprocessingText,
  readPreprocessing,
} from "../../../../net/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { temporaryFolder } from "../../data/fixture.ts";

const net = (channels: number) =>
  netFromText(
    `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: ${channels} dim: 1 dim: 2 } } }
    layer { name: "same" type: "Power" bottom: "data" top: "same" }`,
  );

Deno.test("what preprocess.json says is what the net gets: order of channels, mean, scale and size", async () => {
  using folder = temporaryFolder();
  const model = `${folder.path}/deploy.prototxt`;
  assert.equal(readPreprocessing(model), undefined);
  const stored = {
    channels: "BGR",
    size: [1, 2],
    mean: [10, 20, 30],
    scale: 0.5,
    labels: ["a", "b"],
  } as const;
  Deno.writeTextFileSync(`${folder.path}/preprocess.json`, preprocessingText(stored));
  assert.deepEqual(readPreprocessing(model), stored);
  // Red 1, green 0.4, blue 0.2 in two pixels, from 0 to 1.
  const images = [ndArray([1, 2, 3], [1, 0.4, 0.2, 1, 0.4, 0.2])];
  const values = async (options: object) => {
    using predictor = await Predictor.create(net(3), options);
    return [...predictor.predict({ images }).data].map((value) => Math.round(100 * value) / 100);
  };
  assert.deepEqual(await values(preprocessingOptions(stored)), [20.5, 20.5, 41, 41, 112.5, 112.5]);
  assert.deepEqual(await values(preprocessingOptions({ ...stored, channels: "RGB", mean: [5] })), [
    125,
    125,
    48.5,
    48.5,
    23,
    23,
  ]);
  using gray = await Predictor.create(
    net(1),
    preprocessingOptions({ ...stored, channels: "GRAY", mean: [1] }),
  );
  assert.equal(gray.predict({ images: [ndArray([1, 2, 1], [0, 1])] }).data[1], 127);
});

Deno.test("a preprocess.json that holds something else is an error that names the file and the field", () => {
  using folder = temporaryFolder();
  const good = { channels: "BGR", size: [1, 2], mean: [10, 20, 30], scale: 0.5, labels: ["a", "b"] };
  const wrong: [text: string, message: RegExp][] = [
    ["{", /preprocess\.json: Expected how images are prepared but found/],
    ["null", /Expected channels to be "BGR", "RGB" or "GRAY" but found nothing/],
    [JSON.stringify({ ...good, channels: "GBR" }), /Expected channels to be .* but found "GBR"/],
    [JSON.stringify({ ...good, size: [1] }), /Expected size to be a height and a width but found \[1\]/],
    [
      JSON.stringify({ ...good, mean: [1, 2] }),
      /Expected mean to be a number for each channel but found \[1,2\]/,
    ],
    [JSON.stringify({ ...good, scale: "1" }), /Expected scale to be a number but found "1"/],
    [
      JSON.stringify({ ...good, labels: [1] }),
      /Expected labels to be the names of the classes but found \[1\]/,
    ],
  ];
  for (const [text, message] of wrong) {
    Deno.writeTextFileSync(`${folder.path}/preprocess.json`, text);
    assert.throws(() => readPreprocessing(`${folder.path}/deploy.prototxt`), message);
  }
});
