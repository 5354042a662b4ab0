import assert from "node:assert/strict";
import fc from "fast-check";
import { coordMap, coordMapFromTo, crop } from "../../../../proto/nets/coord_map.ts";
import { NetSpec } from "../../../../proto/spec/net_spec.ts";
import { layers as L } from "../../../../proto/spec/spec_layers.ts";

interface Sizes {
  kernel?: number | number[];
  stride?: number | number[];
  pad?: number | number[];
  pool?: number;
  deconvStride?: number;
  deconvPad?: number;
}

/** Convolution, pooling, and a deconvolution that undoes the pooling. */
function spec(
  { kernel = 3, stride = 1, pad = 0, pool = 2, deconvStride = 2, deconvPad = 0 }: Sizes = {},
): NetSpec {
  const n = new NetSpec();
  n.data = L.Input({ shape: { dim: [2, 1, 100, 100] } });
  n.aux = L.Input({ shape: { dim: [2, 1, 20, 20] } });
  n.conv = L.Convolution(n.data, { num_output: 10, kernel_size: kernel, stride, pad });
  n.pool = L.Pooling(n.conv, { pool: "MAX", kernel_size: pool, stride: pool, pad: 0 });
  const up = { num_output: 10, kernel_size: 2 * deconvStride, stride: deconvStride, pad: deconvPad };
  n.deconv = L.Deconvolution(n.pool, up);
  return n;
}

const mapOf = (sizes?: Sizes) => {
  const n = spec(sizes);
  return coordMapFromTo(n.deconv!, n.data!);
};

Deno.test("through convolution, pooling and deconvolution", () => {
  assert.deepEqual(mapOf(), { axis: 1, scale: [1], shift: [0] });
  assert.deepEqual(mapOf({ pool: 4, deconvStride: 4 }), { axis: 1, scale: [1], shift: [-1] });
});

Deno.test("pointwise layers, and convolutions of one pixel, change nothing", () => {
  const n = spec();
  n.relu = L.ReLU(n.deconv);
  n.conv1x1 = L.Convolution(n.relu, { num_output: 10, kernel_size: 1 });
  for (const top of [n.relu, n.conv1x1]) assert.deepEqual(coordMapFromTo(top, n.data!), mapOf());
  assert.deepEqual(coordMap(n.relu.layer), { scale: [1], shift: [0] });
});

Deno.test("padding a convolution shifts back, padding a deconvolution shifts forward", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 }), (pad) => {
    assert.deepEqual(mapOf({ pad }).shift, [0 - pad]);
    assert.deepEqual(mapOf({ deconvPad: pad }).shift, [pad]);
    assert.deepEqual(mapOf({ pad, deconvPad: pad }), mapOf());
  }));
});

Deno.test("all bottoms and tops of a layer map alike", () => {
  const n = spec();
  [n.a, n.b] = L.Convolution(n.data, n.aux, { ntop: 2, num_output: 10, kernel_size: 5, stride: 2, pad: 0 });
  assert.deepEqual(coordMapFromTo(n.a, n.data!), coordMapFromTo(n.b, n.aux!));
  assert.deepEqual(coordMapFromTo(n.a, n.data!), { axis: 1, scale: [2], shift: [2] });
});

Deno.test("axes can have different maps", () => {
  const one = mapOf({ kernel: 3, stride: 1, pad: 0 }), other = mapOf({ kernel: 5, stride: 2, pad: 10 });
  const both = mapOf({ kernel: [3, 5], stride: [1, 2], pad: [0, 10] });
  assert.equal(both.axis, 1);
  assert.deepEqual(both.scale, [one.scale[0], other.scale[0]]);
  assert.deepEqual(both.shift, [one.shift[0], other.shift[0]]);
  // The older spelling.
  const n = spec();
  const sizes = { kernel_h: 3, kernel_w: 5, stride_h: 1, stride_w: 2, pad_h: 0, pad_w: 10 };
  n.conv = L.Convolution(n.data, { num_output: 10, ...sizes });
  const list = { kernel_size: [3, 5], stride: [1, 2], pad: [0, 10] };
  const same = L.Convolution(n.data, { num_output: 10, ...list });
  assert.deepEqual(coordMap(n.conv.layer), coordMap(same.layer));
});

Deno.test("any number of spatial axes, and dilation", () => {
  const n = new NetSpec();
  n.data = L.Input({ shape: { dim: [2, 3, 100, 100, 100] } });
  n.conv = L.Convolution(n.data, {
    num_output: 10,
    kernel_size: [3, 3, 3],
    stride: [1, 1, 1],
    pad: [0, 1, 2],
  });
  n.pool = L.Pooling(n.conv, { pool: "MAX", kernel_size: 2, stride: 2 });
  n.deconv = L.Deconvolution(n.pool, { num_output: 10, kernel_size: 4, stride: 2 });
  assert.deepEqual(coordMapFromTo(n.deconv, n.data), { axis: 1, scale: [1, 1, 1], shift: [0, -1, -2] });
  const dilated = L.Convolution(n.data, { num_output: 1, kernel_size: 3, dilation: 2 });
  assert.deepEqual(coordMap(dilated.layer), coordMap(L.Convolution(n.data, { kernel_size: 5 }).layer));
});

Deno.test("a crop of a crop is shifted by both", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 }), (offset) => {
    const n = spec();
    n.crop = L.Crop(n.deconv, n.data, { axis: 2, offset });
    assert.deepEqual(coordMapFromTo(n.crop, n.data!), { axis: 1, scale: [1], shift: [offset] });
  }));
});

Deno.test("crop makes the layer that aligns two tops", () => {
  const n = spec({ pad: 30 });
  n.score = crop(n.deconv!, n.data!);
  const layer = n.toProto().layer!.at(-1)!;
  assert.deepEqual(layer, {
    name: "score",
    type: "Crop",
    bottom: ["deconv", "data"],
    top: ["score"],
    crop_param: { axis: 2, offset: [30] },
  });
});

Deno.test("what can't be mapped or cropped is refused", () => {
  const n = spec();
  n.ip = L.InnerProduct(n.deconv, { num_output: 10 });
  assert.throws(
    () => coordMapFromTo(n.ip!, n.data!),
    /Expected spatial layers that connect .* InnerProduct/,
  );
  assert.throws(() => coordMapFromTo(n.data!, n.aux!), /Expected spatial layers that connect/);
  assert.throws(
    () => coordMap(L.Pooling(n.data, { global_pooling: true }).layer),
    /maps coordinates but found Pool/,
  );
  const scaled = spec({ pool: 3 });
  assert.throws(
    () => crop(scaled.deconv!, scaled.data!),
    /Expected tops of one scale but found a factor of 1.5/,
  );
  const small = spec({ deconvPad: 10 });
  assert.throws(
    () => crop(small.deconv!, small.data!),
    /Expected a top that covers .* begins 10 inside/,
  );
  const half = new NetSpec();
  half.data = L.Input({ shape: { dim: [1, 1, 9, 9] } });
  half.even = L.Convolution(half.data, { num_output: 1, kernel_size: 2, pad: 1 });
  assert.throws(() => crop(half.even!, half.data!), /Expected to cut between whole pixels .* -0.5/);
});
