import assert from "node:assert/strict";
import { philox } from "../../../base/philox.ts";

// The known answers from the tests of Random123, the authors' own library.
const known: [key: number[], counter: number[], words: number[]][] = [
  [[0, 0], [0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  [Array(2).fill(0xffffffff), Array(4).fill(0xffffffff), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    [0xa4093822, 0x299f31d0],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

Deno.test("philox gives the known answers", () => {
  for (const [key, counter, words] of known) {
    const found = philox(new Uint32Array(key), new Uint32Array(counter), new Uint32Array(4));
    assert.deepEqual(Array.from(found), words);
  }
});
