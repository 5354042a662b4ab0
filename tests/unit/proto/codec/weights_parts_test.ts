import assert from "node:assert/strict";
import { weightsParts } from "../../../../proto/codec/weights_parts.ts";

Deno.test("a .caffemodel of 2 GiB is refused before anything is read", () => {
  const read = () => {
    throw new Error("read");
  };
  const layers = (rows: number) => [{ name: "a", blobs: [{ shape: [rows, 2 ** 16], read }] }];
  assert.throws(
    () => [...weightsParts(layers(2 ** 13))],
    /Expected less than 2 GiB for a \.caffemodel but found 21474\d+ bytes\. Write an \.h5/,
  );
  assert.throws(() => [...weightsParts(layers(2 ** 13 - 1))], { message: "read" });
});
