// Worked examples of forks' layers that rearrange, resize and combine arrays. Their gradients are checked by
// finite differences in check_layer_test.ts.
import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertClose, libraryNet } from "./library_net.ts";

interface Case {
  type: string;
  param?: object;
  x: readonly number[];
  values?: readonly number[];
}

/** The top of a layer whose bottom x holds 0, 1, 2, … unless values are given: its shape and values. */
async function topOf({ type, param, x, values }: Case): Promise<{ shape: number[]; data: number[] }> {
  using net = await libraryNet({ type, bottoms: { x }, param });
  const count = x.reduce((product, size) => product * size, 1);
  net.forward({ inputs: { x: values ?? Array.from({ length: count }, (_, i) => i) } });
  const { shape, data } = net.blob("top");
  return { shape: [...shape], data: [...data] };
}

Deno.test("Flip: width by default, height, both", async () => {
  const x = [1, 1, 2, 3];
  assert.deepEqual((await topOf({ type: "Flip", x })).data, [2, 1, 0, 5, 4, 3]);
  const height = { flip_width: false, flip_height: true };
  assert.deepEqual((await topOf({ type: "Flip", x, param: height })).data, [3, 4, 5, 0, 1, 2]);
  assert.deepEqual((await topOf({ type: "Flip", x, param: { flip_height: true } })).data, [5, 4, 3, 2, 1, 0]);
});

Deno.test("Pad: a constant around any axes, and an error for the wrong number of paddings", async () => {
  const param = { paddings: [1, 0, 0, 2], constant_values: 9 };
  assert.deepEqual(await topOf({ type: "Pad", x: [2, 2], param }), {
    shape: [3, 4],
    data: [9, 9, 9, 9, 0, 1, 9, 9, 2, 3, 9, 9],
  });
  await assert.rejects(
    topOf({ type: "Pad", x: [2, 2, 1], param }),
    /two paddings for each of 3 axes but found 4/,
  );
});

Deno.test("Pad starts from the constant at every forward", async () => {
  using net = await libraryNet({ type: "Pad", bottoms: { x: [1, 2] }, param: { paddings: [0, 0, 1, 1] } });
  for (const x of [[1, 2], [3, 4]]) {
    net.blob("top").data.fill(7);
    net.forward({ inputs: { x } });
    assert.deepEqual([...net.blob("top").data], [0, ...x, 0]);
  }
});

Deno.test("DepthToSpace: the channels last, second, and side by side", async () => {
  // TensorFlow's example: [[[[1, 2, 3, 4]]]] becomes [[[[1], [2]], [[3], [4]]]].
  const nhwc = await topOf({ type: "DepthToSpace", x: [1, 1, 2, 4], param: { block_size: 2 } });
  assert.deepEqual(nhwc, { shape: [1, 2, 4, 1], data: [0, 1, 4, 5, 2, 3, 6, 7] });
  // ONNX's example: eight channels of 2 × 3.
  const x = [1, 8, 2, 3], values = Array.from({ length: 48 }, (_, i) => 9 * Math.floor(i / 6) + i % 6);
  const row = (...at: number[]) => at;
  const first = { block_size: 2, data_format: "DCR" };
  const dcr = await topOf({ type: "DepthToSpace", x, values, param: first });
  assert.deepEqual(dcr.shape, [1, 2, 4, 6]);
  assert.deepEqual(dcr.data.slice(0, 12), [...row(0, 18, 1, 19, 2, 20), ...row(36, 54, 37, 55, 38, 56)]);
  assert.deepEqual(
    dcr,
    await topOf({ type: "DepthToSpace", x, values, param: { ...first, data_format: "NCHW" } }),
  );
  const crd = await topOf({ type: "DepthToSpace", x, values, param: { block_size: 2, data_format: "CRD" } });
  assert.deepEqual(crd.data.slice(0, 12), [...row(0, 9, 1, 10, 2, 11), ...row(18, 27, 19, 28, 20, 29)]);
  await assert.rejects(
    topOf({ type: "DepthToSpace", x: [1, 2, 2, 6], param: { block_size: 2 } }),
    /multiple of 4/,
  );
});

Deno.test("SpaceToBatchND and BatchToSpaceND: TensorFlow's examples", async () => {
  const blocks = { block_shape: [2, 2], paddings: [0, 0, 2, 0] };
  const x = [2, 2, 4, 1], values = Array.from({ length: 16 }, (_, i) => i + 1);
  const apart = await topOf({ type: "SpaceToBatchND", x, values, param: blocks });
  assert.deepEqual(apart, {
    shape: [8, 1, 3, 1],
    data: [
      ...[0, 1, 3, 0, 9, 11, 0, 2, 4, 0, 10, 12],
      ...[0, 5, 7, 0, 13, 15, 0, 6, 8, 0, 14, 16],
    ],
  });
  const back = await topOf({
    type: "BatchToSpaceND",
    x: apart.shape,
    values: apart.data,
    param: { block_shape: [2, 2], crops: [0, 0, 2, 0] },
  });
  assert.deepEqual(back, { shape: x, data: values });
  await assert.rejects(
    topOf({
      type: "SpaceToBatchND",
      x: [1, 3, 2, 1],
      param: { block_shape: [2, 2], paddings: [0, 0, 0, 0] },
    }),
    /multiple of 2 along axis 1 but found 3/,
  );
  await assert.rejects(
    topOf({ type: "BatchToSpaceND", x: [6, 1, 1], param: { block_shape: [2, 2], crops: [0, 0, 0, 0] } }),
    /multiple of 4 items but found 6/,
  );
});

Deno.test("UpsampleDarknet repeats pixels", async () => {
  assert.deepEqual(await topOf({ type: "UpsampleDarknet", x: [1, 1, 1, 2], param: { stride: 2 } }), {
    shape: [1, 1, 2, 4],
    data: [0, 0, 1, 1, 0, 0, 1, 1],
  });
});

Deno.test("ResizeNearestNeighbor: four ways to say which pixel is the nearest", async () => {
  const nearest = async (width: number, to: number, param: object = {}) =>
    (await topOf({
      type: "ResizeNearestNeighbor",
      x: [1, 1, 1, width],
      param: { data_format: "NCHW", output_width: to, ...param },
    })).data;
  assert.deepEqual(await nearest(3, 5), [0, 0, 1, 1, 2]);
  assert.deepEqual(await nearest(3, 5, { align_corners: true }), [0, 1, 1, 2, 2]);
  assert.deepEqual(await nearest(5, 2), [0, 2]);
  assert.deepEqual(await nearest(5, 2, { half_pixel_centers: true }), [1, 3]);
  assert.deepEqual(await nearest(5, 2, { half_pixel_onnx: true }), [0, 3]);
  const last = await topOf({
    type: "ResizeNearestNeighbor",
    x: [1, 1, 2, 2],
    param: { scale_height: 2, scale_width: 1.5 },
  });
  assert.deepEqual(last, { shape: [1, 2, 3, 2], data: [0, 1, 0, 1, 2, 3, 0, 1, 0, 1, 2, 3] });
  await assert.rejects(
    nearest(3, 5, { align_corners: true, half_pixel_onnx: true }),
    /one of align_corners, half_pixel_centers, half_pixel_onnx but found align_corners and half_pixel_onnx/,
  );
});

Deno.test("ResizeBilinear: positions, axes, and no quantized values", async () => {
  const linear = async (width: number, to: number, param: object = {}) =>
    (await topOf({
      type: "ResizeBilinear",
      x: [1, 1, 1, width],
      param: { data_format: "NCHW", output_width: to, ...param },
    })).data;
  assertClose(await linear(2, 4), [0, 0.5, 1, 1]);
  assertClose(await linear(2, 4, { align_corners: true }), [0, 1 / 3, 2 / 3, 1]);
  assertClose(await linear(2, 4, { half_pixel_centers: true }), [0, 0.25, 0.75, 1]);
  assertClose(await linear(3, 1, { half_pixel_centers: true }), [1]);
  assertClose(await linear(3, 1, { pytorch_half_pixel: true }), [0]);
  const last = await topOf({ type: "ResizeBilinear", x: [1, 2, 2, 2], param: { scale_height: 2 } });
  assert.deepEqual(last.shape, [1, 4, 2, 2]);
  assertClose(last.data, [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 4, 5, 6, 7]);
  const deep = {
    output_height: 1,
    output_width: 1,
    output_depth: 3,
    data_format: "NCHWD",
    align_corners: true,
  };
  assertClose((await topOf({ type: "ResizeBilinear", x: [1, 1, 1, 1, 2], param: deep })).data, [0, 0.5, 1]);
  await assert.rejects(linear(2, 4, { output_scale: 0.5 }), /output_scale/);
});

/** The sum or product of two arrays. */
async function both(
  type: string,
  a: readonly number[],
  b: readonly number[],
): Promise<{ shape: number[]; data: number[] }> {
  using net = await libraryNet({ type, bottoms: { a, b } });
  const numbers = (shape: readonly number[], first: number) =>
    Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => first + i);
  net.forward({ inputs: { a: numbers(a, 1), b: numbers(b, 10) } });
  const { shape, data } = net.blob("top");
  return { shape: [...shape], data: [...data] };
}

Deno.test("Add and Mul broadcast as numpy does, also a scalar", async () => {
  assert.deepEqual(await both("Add", [2, 1], [3]), { shape: [2, 3], data: [11, 12, 13, 12, 13, 14] });
  assert.deepEqual(await both("Mul", [2], [2, 2]), { shape: [2, 2], data: [10, 22, 12, 26] });
  assert.deepEqual(await both("Mul", [2, 1, 2], [2, 1]), {
    shape: [2, 2, 2],
    data: [10, 20, 11, 22, 30, 40, 33, 44],
  });
  assert.deepEqual(await both("Mul", [2], []), { shape: [2], data: [10, 20] });
  await assert.rejects(both("Add", [2, 3], [2]), /axes that are equal or 1 but found \(2, 3\) and \(2\)/);
});

Deno.test("Mul without a second bottom has a parameter, by mul_param of a prototxt", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 2 } } }
    layer { name: "mul" type: "Mul" bottom: "x" top: "y" mul_param { mul_shape: 2 mul_shape: 1 } }`,
  );
  const [weights] = net.layer("mul").blobs;
  assert.deepEqual(weights!.shape, [2, 1]);
  assert.deepEqual([...weights!.data], [1, 1]);
  weights!.data.set([2, 3]);
  net.forward({ inputs: { x: [1, 2, 3, 4] } });
  assert.deepEqual([...net.blob("y").data], [2, 4, 9, 12]);
});

Deno.test("Interp takes its size from a second bottom, which has no gradient", async () => {
  const input =
    `layer { name: "in" type: "Input" top: "x" top: "like" input_param { shape { dim: [1, 1, 3, 2] }
    shape { dim: [1, 2, 5, 4] } } }`;
  using net = await Net.fromText(
    `force_backward: true ${input}
    layer { name: "a" type: "Interp" bottom: "x" bottom: "like" top: "a" interp_param { use_blob_size: true } }
    layer { name: "b" type: "Interp" bottom: "x" top: "b" interp_param { height: 5 width: 4 } }`,
    { phase: "TEST" },
  );
  net.forward({ inputs: { x: [1, 2, 3, 4, 5, 7] } });
  assert.deepEqual(net.blob("a").shape, [1, 1, 5, 4]);
  assert.deepEqual([...net.blob("a").data], [...net.blob("b").data]);
  net.blob("like").diff.fill(9);
  net.blob("a").diff.fill(1);
  net.backward();
  assert.ok(net.blob("like").diff.every((value) => value === 0));
  const none = Net.fromText(
    `${input} layer { name: "a" type: "Interp" bottom: "x" top: "a" interp_param { use_blob_size: true } }`,
  );
  await assert.rejects(none, /Expected height and width/);
});

Deno.test("the losses of regions, by class and by box, have one shape and add up", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "scores" top: "labels" top: "boxes" top: "targets" input_param {
      shape { dim: [4, 3] } shape { dim: 4 } shape { dim: [4, 12] } shape { dim: [4, 12] } } }
    layer { name: "c" type: "SoftmaxWithLossOHEM" bottom: "scores" bottom: "labels" top: "l" top: "p" top: "each_class"
      loss_weight: [0, 0, 0] propagate_down: [false, false] }
    layer { name: "b" type: "SmoothL1LossOHEM" bottom: "boxes" bottom: "targets" top: "m" top: "each_box"
      loss_weight: [0, 0] propagate_down: [false, false] }
    layer { name: "sum" type: "Eltwise" bottom: "each_class" bottom: "each_box" top: "each" }`,
    { phase: "TRAIN" },
  );
  net.forward({ inputs: { targets: Float32Array.from({ length: 48 }, (_, i) => i < 12 ? 2 : 0) } });
  assert.deepEqual(net.blob("each").shape, [4]);
  const softmax = Math.log(3), expected = [softmax + 18, softmax, softmax, softmax];
  assert.ok(net.blob("each").data.every((value, i) => Math.abs(value - expected[i]!) < 1e-4));
});

Deno.test("SpatialTransformer: the identity, a shift with zeros from outside, and fixed elements of θ", async () => {
  const net = async (theta: number, more: string) =>
    await Net.fromText(
      `layer { name: "in" type: "Input" top: "x" top: "theta" input_param { shape { dim: [1, 1, 2, 4] } shape { dim: [1, ${theta}] } } }
      layer { name: "st" type: "SpatialTransformer" bottom: "x" bottom: "theta" top: "y" st_param { ${more} } }`,
      { phase: "TEST" },
    );
  const x = [1, 2, 3, 4, 5, 6, 7, 8];
  using whole = await net(6, "");
  whole.forward({ inputs: { x, theta: [1, 0, 0, 0, 1, 0] } });
  assertClose(whole.blob("y").data, x);
  // Half a column of 4 to the right is 0.25.
  whole.forward({ inputs: { x, theta: [1, 0, 0, 0, 1, 0.25] } });
  assertClose(whole.blob("y").data, [1.5, 2.5, 3.5, 2, 5.5, 6.5, 7.5, 4]);
  using shifts = await net(1, "theta_1_1: 1 theta_1_2: 0 theta_2_1: 0 theta_2_2: 1 theta_2_3: 0 output_H: 1");
  shifts.forward({ inputs: { x, theta: [1] } });
  assertClose(shifts.blob("y").data, [5, 6, 7, 8]); // u is −1: row 0, and one row down
  await assert.rejects(net(5, ""), /Expected 6 elements of θ for each of 1 images but found 5/);
});
