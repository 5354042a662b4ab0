// Worked examples of the layers beside SpatialTransformer in its Caffe.
import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { temporaryFolder } from "../data/fixture.ts";
import { assertClose, assertGradients, libraryNet } from "./library_net.ts";

Deno.test("LocLoss: half the mean square of what is beyond the threshold", async () => {
  using net = await libraryNet({
    type: "LocLoss",
    bottoms: { x: [2, 2] },
    tops: ["loss"],
    more: "loc_loss_param { threshold: 0.5 }",
  });
  net.forward({ inputs: { x: [0.2, -0.9, 1.5, 0.5] } });
  assertClose([net.loss], [(0.4 ** 2 + 1) / 8]);
  net.backward();
  assertClose(net.blob("x").diff, [0, -0.1, 0.25, 0]);
  assertGradients(net, ["x"]);
});

Deno.test("STLoss: how far the corners of the output are outside of the image", async () => {
  using net = await libraryNet({
    type: "STLoss",
    bottoms: { x: [2, 6] },
    tops: ["loss"],
    more: "st_loss_param { output_H: 2 output_W: 2 }",
  });
  // Positions are −1 and 0 along both axes. The identity is inside; the second is x = 2 u + 0.5, y = v − u − 0.5.
  net.forward({ inputs: { x: [1, 0, 0, 0, 1, 0, 2, 0, 0.5, -1, 1, -0.5] } });
  // x: −1.5 twice, 0.5 twice; y: −0.5 (u = −1, v = −1), 0.5, −1.5 (u = 0, v = −1), −0.5.
  assertClose([net.loss], [(2 * 0.25 + 0.25) / (2 * 2 * 4)]);
  assertGradients(net, ["x"]);
  await assert.rejects(
    libraryNet({
      type: "STLoss",
      bottoms: { x: [2, 5] },
      tops: ["loss"],
      param: { output_H: 1, output_W: 1 },
    }),
    /Expected a bottom \(N, 6\) but found \(2, 5\)/,
  );
});

Deno.test("PowerFile adds the numbers of a file to each item", async () => {
  using folder = temporaryFolder();
  const make = (more: string) =>
    Net.fromText(
      `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
      layer { name: "p" type: "PowerFile" bottom: "x" top: "y" ${more} }`,
      { file: `${folder.path}/net.prototxt` },
    );
  const values = async (more: string) => {
    using net = await make(more);
    net.forward({ inputs: { x: [1, 2, 3, 4, 5, 6] } });
    return [...net.blob("y").data];
  };
  Deno.writeTextFileSync(`${folder.path}/shift.txt`, "10 -1\n");
  const file = 'power_file_param { shift_file: "shift.txt" }';
  assert.deepEqual(await values(file), [11, 1, 3, 14, 4, 6]);
  assert.deepEqual(await values(""), [1, 2, 3, 4, 5, 6]);
  Deno.writeTextFileSync(`${folder.path}/shift.txt`, "10 -1 5 7\n");
  assert.deepEqual(await values(file), [11, 1, 8, 14, 4, 11]);
  Deno.writeTextFileSync(`${folder.path}/shift.txt`, "10 x\n");
  await assert.rejects(make(file), /layer 'p'.*Expected numbers in '.*shift\.txt' but found 'x'/);
});
