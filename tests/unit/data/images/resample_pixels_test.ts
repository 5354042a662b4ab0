import assert from "node:assert/strict";
import { type Interpolation, resamplePixels } from "../../../../data/images/resample_pixels.ts";

/**
 * What OpenCV 4.6 makes of random grey images: the interpolation, height and width, the new ones, and the bytes in base64.
 * To record more, with Debian's python3-opencv: `cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)`.
 */
const RECORDED: [Interpolation, [number, number], [number, number], string, string][] = [
  [
    "NEAREST",
    [9, 7],
    [4, 5],
    "wxGZ31Rl2ALxR/L3aelLPYWIg97a86RgiCjmh1ObA9FoFZQ7vy4fbDAI6wJtN66cVTQzbjyzHMSxfwBnc5Dk",
    "wxGZVGVLPYWD3lObA2gV6wJtrpw=",
  ],
  [
    "NEAREST",
    [5, 6],
    [8, 9],
    "ygHOhZsyQd9s4nd6DREr7YnXK449pIIlj1gbi11V",
    "ysoBzs6Fm5syysoBzs6Fm5syQUHfbGzid3d6QUHfbGzid3d6DQ0RKyvtiYnXKyuOPT2kgoIlKyuOPT2kgoIlj49YGxuLXV1V",
  ],
  [
    "AREA",
    [9, 7],
    [4, 5],
    "Yg3KwjvdFWcSLl62DuF50WZ8o55dsXIFuFkUbQnjUVoz0gBKxHtse7WTTvk17/PfRzdyVTuLxg2qWAM4af9o",
    "VFWJfHiHaH1rWGuSi6p5b0xRrms=",
  ],
  [
    "AREA",
    [5, 6],
    [8, 9],
    "mtHYEELZyUpmZ537CWwwreUmuyB9TfVM7il3UlGc",
    "mrbR2HQQQo7ZraSbqm4zZqbmyYpKZmdnncz7L0plO22f1pRQLEVdP2ya6Istu24gfWVN9aFM2n8leWVQkod87owpd2VSUXec",
  ],
  [
    "CUBIC",
    [9, 7],
    [4, 5],
    "a08pEg/PsnDchYo5W/Huh+tBxWQ/4vjxVsJp5R8cfYMULHBYrSpvrBWKGPzIOigf3PtaBxzIJ1XfAghaL6pC",
    "cYBnNN70/1CwxWpvaGx74wAvk0I=",
  ],
  [
    "CUBIC",
    [5, 6],
    [8, 9],
    "ioWGYUAfApKH/5/Drav9qAJ0VfCmcTZIxzDXUd+3",
    "mI2Dim9LPiEMPGaMfJiof2xrAE2dhtD8qKfKe4eq3PC1PFWhnbPW8tFwAxphR6z4u45lMzJIj4eQvIlbkpWC4WYsyZdZ2ee9",
  ],
  [
    "LANCZOS4",
    [9, 7],
    [4, 5],
    "JL62bnusIh14RShF2eRPqrz/Ec1mPlIQW55jo8TzsXolrZURa9UVpsJxiJrSvVQjJsaqyzZV26/WrzEIp7Fu",
    "KnodmLg7K2yFjBDLH89rw64Lv7o=",
  ],
  [
    "LANCZOS4",
    [5, 6],
    [8, 9],
    "ejqYdC7U1edpv0jKhg72OV+pFP2gTOeRSbN+leK7",
    "fDYrjqhPH3zkoa+cb5aVQXjj0u7Mc5uxUnXZxWBHwL1OPYTAXiNX7ZkZbamXAYX/yU1b0c+DFZ77mlSY7NmeSH2kiHuo2dW7",
  ],
];

const bytes = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

for (const [how, [height, width], [toHeight, toWidth], pixels, expected] of RECORDED) {
  Deno.test(`images are resized as OpenCV does it: ${how}, to ${toHeight}x${toWidth}`, () => {
    const image = { width, height, channels: 1, data: bytes(pixels) };
    const resized = resamplePixels(image, toHeight, toWidth, how);
    const most = how === "NEAREST" ? 0 : 1;
    for (const [i, value] of bytes(expected).entries()) {
      assert.ok(Math.abs(resized.data[i]! - value) <= most, `${i}`);
    }
    assert.equal(resized.data.length, toHeight * toWidth);
  });
}
