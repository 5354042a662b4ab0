import assert from "node:assert/strict";
import sharp from "sharp";
import { decodeSmallPng } from "../../../../data/images/decode_png.ts";

/** Random pixels with runs, so that encoders choose every filter. */
function pixelsOf(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 7 < 4 ? (i * seed) & 255 : state >>> 24;
  });
}

const encode = (width: number, height: number, channels: 1 | 2 | 3 | 4, options: object = {}) =>
  sharp(pixelsOf(width * height * channels, channels * width + height), { raw: { width, height, channels } })
    .toColourspace(channels < 3 ? "b-w" : "srgb").png(options).toBuffer();

Deno.test("small PNG files decode to what libpng decodes them to", async () => {
  for (const channels of [1, 3, 4] as const) {
    for (const [width, height] of [[1, 1], [28, 28], [5, 9], [64, 3]] as const) {
      for (const adaptiveFiltering of [false, true]) {
        const bytes = await encode(width, height, channels, { adaptiveFiltering });
        const { data, info } = await sharp(bytes).toColourspace(channels < 3 ? "b-w" : "srgb").raw()
          .toBuffer({ resolveWithObject: true });
        assert.deepEqual(decodeSmallPng(bytes), {
          width,
          height,
          channels: info.channels,
          data: new Uint8Array(data),
        });
      }
    }
  }
});

Deno.test("other files, and damaged ones, are left to the general decoder", async () => {
  const plain = await encode(9, 7, 3);
  assert.ok(decodeSmallPng(plain) !== undefined);
  const others = {
    palette: await encode(9, 7, 3, { palette: true, colours: 4 }),
    interlaced: await encode(9, 7, 3, { progressive: true }),
    "grey and alpha": await encode(9, 7, 2),
    large: await encode(300, 300, 1),
    turned: await sharp(plain).withMetadata({ orientation: 6 }).png().toBuffer(),
    deep: await sharp(plain).toColourspace("rgb16").png().toBuffer(),
    jpeg: await sharp(plain).jpeg().toBuffer(),
    empty: new Uint8Array(),
  };
  for (const [name, bytes] of Object.entries(others)) assert.equal(decodeSmallPng(bytes), undefined, name);
  // Any byte may be wrong, and the file may end anywhere.
  for (let i = 0; i < plain.length; i++) {
    const wrong = new Uint8Array(plain);
    wrong[i]! ^= 0x55;
    assert.equal(decodeSmallPng(wrong), undefined, `byte ${i}`);
    assert.equal(decodeSmallPng(plain.subarray(0, i)), undefined, `the first ${i} bytes`);
  }
});
