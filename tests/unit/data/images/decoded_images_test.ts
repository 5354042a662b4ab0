import assert from "node:assert/strict";
import sharp from "sharp";
import { decodeImage } from "../../../../data/images/decode_image.ts";
import { DecodedImages } from "../../../../data/images/decoded_images.ts";
import { decodeRecord } from "../../../../data/images/encoded_image.ts";
import { ImageChoices } from "../../../../data/images/image_augment.ts";
import { DataRandom } from "../../../../data/random.ts";

const image = async (background: string, size = 4) =>
  new Uint8Array(
    await sharp({ create: { width: size, height: size, channels: 3, background } }).jpeg().toBuffer(),
  );

Deno.test("images are kept while there is room, and told apart by index, colour and content", async () => {
  const red = await image("#ff0000"), blue = await image("#0000ff");
  const images = new DecodedImages(3 * 16 + red.length);
  const first = await images.decode(0, red, "colour");
  assert.deepEqual(first, await decodeImage(red, "colour"));
  assert.equal(await images.decode(0, red.slice(), "colour"), first);
  // There is no room for a second one.
  const other = await images.decode(1, blue, "colour");
  assert.deepEqual(other, await decodeImage(blue, "colour"));
  assert.equal(images.size, 1);
  // The file was changed.
  assert.deepEqual(await images.decode(0, blue, "colour"), other);
  assert.deepEqual(await images.decode(0, red, "gray"), await decodeImage(red, "gray"));
  assert.equal(await images.decode(0, red, "colour"), first);
  await assert.rejects(images.decode(2, new Uint8Array([1, 2]), "colour"), /Expected an encoded image/);
});

Deno.test("records of a kept image are those of one that is decoded anew, whatever changes its colours", async () => {
  const bytes = await image("#408020");
  const record = { channels: 0, height: 0, width: 0, label: 1, data: bytes, encoded: true };
  const images = new DecodedImages();
  const decode = (data: Uint8Array, colour: "colour" | "gray" | "stored") => images.decode(0, data, colour);
  const distortion = { brightness_prob: 1, brightness_delta: 60, contrast_prob: 0 };
  for (const parts of [undefined, { area: [0.3, 0.9], aspect: 1.2 }] as const) {
    for (const resize of [undefined, [4, 4], [3, 5]] as const) {
      const decoding = { forceColor: true, forceGray: false, parts, resize, distortion };
      for (let index = 0; index < 3; index++) {
        const choices = () => new ImageChoices(new DataRandom(1, "data"), { epoch: 0, index });
        assert.deepEqual(
          await decodeRecord({ ...record }, decoding, choices(), decode),
          await decodeRecord({ ...record }, decoding, choices()),
        );
      }
    }
  }
  assert.equal(images.size, 1);
});
