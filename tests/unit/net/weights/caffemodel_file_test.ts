import assert from "node:assert/strict";
import { readWeights } from "../../../../net/mod.ts";
import { encode } from "../../../../proto/mod.ts";
import { joinBytes } from "../../../../base/join_bytes.ts";
import { caffemodelFile } from "../../../../net/weights/caffemodel_file.ts";
import { bitsOf, parameter } from "./parameters.ts";

const old = (num: number, channels: number, height: number, width: number) => ({
  num,
  channels,
  height,
  width,
  data: new Float32Array(num * channels * height * width),
});

const shapesOf = async (bytes: Uint8Array) =>
  (await readWeights(bytes)).parameters.map(({ name, shape }) => `${name} ${shape.join("x")}`);

Deno.test("parameters with the four axes of old files get those that they have today", async () => {
  const conv = [old(1, 2, 3, 3), old(1, 1, 1, 1)], ip = [old(1, 1, 4, 6), old(1, 1, 1, 4)];
  const expected = ["conv/0 1x2x3x3", "conv/1 1", "ip/0 4x6", "ip/1 4"];
  assert.deepEqual(
    await shapesOf(encode("NetParameter", {
      layers: [{ name: "conv", type: "CONVOLUTION", blobs: conv }, {
        name: "ip",
        type: "INNER_PRODUCT",
        blobs: ip,
      }],
    })),
    expected,
  );
  assert.deepEqual(
    await shapesOf(encode("NetParameter", {
      layer: [{ name: "conv", type: "Convolution", blobs: conv }, {
        name: "ip",
        type: "InnerProduct",
        blobs: ip,
      }],
    })),
    expected,
  );
});

Deno.test("doubles are rounded, and values that don't fill their shape are refused", async () => {
  const shape = { dim: [2] };
  const { parameters } = await readWeights(
    encode("NetParameter", {
      layer: [{ name: "a", blobs: [{ shape, double_data: Float64Array.of(0.1, 2) }] }],
    }),
  );
  assert.equal(parameters[0]!.type, "float64");
  assert.deepEqual(bitsOf(parameters), bitsOf([parameter("a/0", [2], [0.1, 2])]));
  const layer = [{ name: "a", blobs: [{ shape, data: Float32Array.of(1) }] }];
  await assert.rejects(
    readWeights(encode("NetParameter", { layer })),
    /^CremaError: layer 'a': Parameter 0: Expected 2 values for the shape \(2\) but found 1/,
  );
  const twins = [...layer, ...layer].map(({ name }) => ({
    name,
    blobs: [{ shape, data: new Float32Array(2) }],
  }));
  await assert.rejects(readWeights(encode("NetParameter", { layer: twins })), /found 'a\/0' twice/);
});

Deno.test("what is written are the bytes of the same message, and it is told when it was cut", async () => {
  const parameters = [
    { ...parameter("conv/0", [2, 1, 1, 3]), layerType: "Convolution" },
    { ...parameter("conv/1", [2]), layerType: "Convolution" },
    parameter("free/0", []),
    parameter("none/0", [0]),
  ];
  const bytes = joinBytes([...caffemodelFile(parameters)]);
  const blob = ({ shape, read }: typeof parameters[number]) => ({ shape: { dim: [...shape] }, data: read() });
  const [first, second, third, fourth] = parameters.map(blob);
  const count = encode("NetParameter", { layer_count: 3 });
  const layers = encode("NetParameter", {
    layer: [
      { name: "conv", type: "Convolution", blobs: [first!, second!] },
      { name: "free", blobs: [third!] },
      { name: "none", blobs: [fourth!] },
    ],
  });
  assert.deepEqual(bytes, joinBytes([count, layers]));
  const last = encode("NetParameter", { layer: [{ name: "none", blobs: [fourth!] }] });
  await assert.rejects(
    readWeights(bytes.subarray(0, -last.length)),
    /Expected the weights of 3 layers but found those of 2\. The file was cut/,
  );
  await assert.rejects(readWeights(bytes.subarray(0, 40)), /truncated/);
});
