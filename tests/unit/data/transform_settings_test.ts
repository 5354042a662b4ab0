import assert from "node:assert/strict";
import { readTransformSettings, transformedShape } from "../../../data/transform_settings.ts";
import { encode } from "../../../proto/codec/binary.ts";
import type { TransformationParameter } from "../../../proto/messages.ts";
import { temporaryFolder } from "./fixture.ts";

Deno.test("a mean file is read in its old and new form", () => {
  using folder = temporaryFolder();
  const data = new Float32Array([1, 2, 3, 4, 5, 6]);
  const blobs = [
    { shape: { dim: [1, 1, 2, 3] }, data },
    { shape: { dim: [1, 2, 3] }, data },
    { num: 1, channels: 1, height: 2, width: 3, data },
  ];
  for (const [i, blob] of blobs.entries()) {
    Deno.writeFileSync(`${folder.path}/mean${i}.binaryproto`, encode("BlobProto", blob));
    // Looked up beside the prototxt.
    const settings = readTransformSettings(
      { mean_file: `mean${i}.binaryproto` },
      "TEST",
      `${folder.path}/net.prototxt`,
    );
    assert.deepEqual(settings.mean, data);
    assert.deepEqual(settings.meanShape, { channels: 1, height: 2, width: 3 });
  }
});

Deno.test("contradictions and settings that do not fit the record are errors", () => {
  using folder = temporaryFolder();
  const file = (name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(`${folder.path}/${name}`, bytes);
    return `${folder.path}/${name}`;
  };
  const fails = (param: TransformationParameter, message: RegExp) =>
    assert.throws(
      () => transformedShape(readTransformSettings(param, "TRAIN"), { channels: 3, height: 8, width: 6 }),
      (error: Error) => error.name === "CremaError" && message.test(error.message),
    );
  const mean = file("mean", encode("BlobProto", { shape: { dim: [1, 1, 2, 2] }, data: new Float32Array(4) }));
  const wrong = file(
    "wrong",
    encode("BlobProto", { shape: { dim: [2, 1, 2, 2] }, data: new Float32Array(8) }),
  );
  fails({ mean_file: mean, mean_value: [1] }, /Expected mean_file or mean_value but found both/);
  fails({ force_color: true, force_gray: true }, /Expected force_color or force_gray but found both/);
  fails({ random_area: [0.5, 1] }, /Expected random_area in an ImageData layer but found it in another/);
  fails({ random_colours: {} }, /Expected random_colours in an ImageData layer but found it in another/);
  fails({ crop_size: 7 }, /Expected records of at least 7x7, the crop_size, but found 3x8x6/);
  fails({ mean_value: [1, 2] }, /Expected 1 or 3 mean_value, one per channel, but found 2/);
  fails({ mean_file: mean }, /Expected records of 1x2x2, the shape of the mean_file, but found 3x8x6/);
  fails({ mean_file: wrong }, /Expected a mean image of \(1, C, H, W\) but found 8 values of \(2, 1, 2, 2\)/);
  fails({ mean_file: `${folder.path}/none` }, /none: Expected a mean_file but found no such file/);
  fails({ mean_file: folder.path }, /Expected a mean_file but found a directory/);
  fails(
    { mean_file: file("text", new TextEncoder().encode("hello: 1\n")) },
    /Expected a binary BlobProto but found text/,
  );
});
