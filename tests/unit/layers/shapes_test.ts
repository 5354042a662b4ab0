// Layers that normalize, activate or move values.
import assert from "node:assert/strict";
import { assertClose, assertGradients, libraryNet, patternless } from "./library_net.ts";

Deno.test("Mish: worked example, extreme values, gradients, in place", async () => {
  using net = await libraryNet({ type: "Mish", bottoms: { x: [7] } });
  const x = [0, 1, -1, 30, -30, 200, -200];
  const mish = (v: number) => v * Math.tanh(Math.log1p(Math.exp(v)));
  assertClose(net.forward({ inputs: { x } })["top"]!, x.map((v) => v > 100 ? v : mish(v)), 1e-6);
  using inPlace = await libraryNet({ type: "Mish", bottoms: { x: [7] }, tops: ["x"] });
  assertClose(inPlace.forward({ inputs: { x } })["x"]!, [...net.blob("top").data], 0);
  inPlace.backward({ outputs: { x: [1, 1, 1, 1, 1, 1, 1] } });
  assertClose(inPlace.blob("x").diff, [0.6, 1.0490362, 0.0592163, 1, 0, 1, 0], 1e-5);
  using sloped = await libraryNet({ type: "Mish", bottoms: { x: [3, 8] }, loss: true });
  const data = sloped.blob("x").data;
  for (const i of data.keys()) data[i]! *= 4;
  assertGradients(sloped, ["x"]);
});

Deno.test("GroupNorm: groups, a scale per channel, gradients", async () => {
  using net = await libraryNet({ type: "GroupNorm", bottoms: { x: [2, 4, 3] }, param: { groups: 2 } });
  const x = patternless(24);
  const [gamma, beta] = net.params.get("layer")!;
  gamma!.data.set([1, 2, 3, 4]);
  beta!.data.set([0, 1, 0, -1]);
  const expected: number[] = [];
  for (let row = 0; row < 4; row++) {
    const values = [...x.subarray(6 * row, 6 * row + 6)];
    const mean = values.reduce((a, b) => a + b) / 6;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / 6;
    for (const [i, value] of values.entries()) {
      const c = 2 * (row % 2) + Math.floor(i / 3);
      expected.push((value - mean) / Math.sqrt(variance + 1e-5) * (c + 1) + [0, 1, 0, -1][c]!);
    }
  }
  assertClose(net.forward({ inputs: { x } })["top"]!, expected);
  for (
    const param of [{ groups: 2 }, { groups: 1, epsilon: 0.1 }, { groups: 4 }, { groups: 2, affine: false }]
  ) {
    using sloped = await libraryNet({ type: "GroupNorm", bottoms: { x: [2, 4, 5] }, param });
    const diff = patternless(40, 5);
    const weighted = () => sloped.forward()["top"]!.reduce((sum, value, i) => sum + value * diff[i]!, 0);
    weighted();
    sloped.backward({ outputs: { top: diff } });
    for (const blob of [sloped.blob("x"), ...sloped.params.get("layer") ?? []]) {
      const gradient = blob.diff.slice();
      for (const [i, value] of gradient.entries()) {
        const at = blob.data[i]!;
        const side = (step: number) => (blob.data[i] = at + step, weighted());
        assertClose([value], [(side(0.01) - side(-0.01)) / 0.02], 5e-3);
        blob.data[i] = at;
      }
    }
  }
  await assert.rejects(
    libraryNet({ type: "GroupNorm", bottoms: { x: [2, 5, 3] }, param: { groups: 2 } }),
    /Expected \(N, C, …\) with C a multiple of 2, the groups, but found \(2, 5, 3\)/,
  );
});

Deno.test("PixelShuffle: there and back, gradients", async () => {
  using net = await libraryNet({ type: "PixelShuffle", bottoms: { x: [1, 4, 1, 2] } });
  assert.deepEqual([...net.forward({ inputs: { x: [0, 1, 2, 3, 4, 5, 6, 7] } })["top"]!], [
    0,
    2,
    1,
    3,
    4,
    6,
    5,
    7,
  ]);
  assert.deepEqual(net.blob("top").shape, [1, 1, 2, 4]);
  using back = await libraryNet({
    type: "PixelShuffle",
    bottoms: { x: [1, 1, 2, 4] },
    param: { inverse: true },
  });
  assert.deepEqual([...back.forward({ inputs: { x: [0, 2, 1, 3, 4, 6, 5, 7] } })["top"]!], [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
  ]);
  using large = await libraryNet({
    type: "PixelShuffle",
    bottoms: { x: [2, 18, 3, 2] },
    param: { upscale_factor: 3 },
    loss: true,
  });
  assertGradients(large, ["x"]);
  // y[n, c, r h + i, r w + j] = x[n, c r² + i r + j, h, w]
  const [x, y] = [large.blob("x").data, large.blob("top").data];
  const at = ([n, c, h, w]: number[], [, C, H, W]: readonly number[]) => ((n! * C! + c!) * H! + h!) * W! + w!;
  for (
    const [n, c, h, w, i, j] of [[1, 1, 2, 1, 2, 0], [0, 1, 0, 0, 1, 2], [1, 0, 1, 1, 0, 1]] as number[][]
  ) {
    const to = at([n!, c!, 3 * h! + i!, 3 * w! + j!], [2, 2, 9, 6]);
    assert.equal(y[to], x[at([n!, c! * 9 + i! * 3 + j!, h!, w!], [2, 18, 3, 2])]);
  }
  using small = await libraryNet({
    type: "PixelShuffle",
    bottoms: { x: [1, 2, 4, 6] },
    param: { inverse: true },
    loss: true,
  });
  assertGradients(small, ["x"]);
  await assert.rejects(
    libraryNet({ type: "PixelShuffle", bottoms: { x: [1, 3, 1, 1] } }),
    /Expected a bottom of shape \(N, 4 C, H, W\) but found \(1, 3, 1, 1\)/,
  );
});

Deno.test("Upsample: nearest and bilinear with PyTorch's values; gradients", async () => {
  const bottoms = { x: [1, 1, 2, 2] };
  const run = async (param: unknown, x = [1, 2, 3, 4]) => {
    using net = await libraryNet({ type: "Upsample", bottoms, param });
    return [...net.forward({ inputs: { x } })["top"]!];
  };
  assert.deepEqual(await run({}), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  assertClose(
    await run({ mode: "bilinear" }),
    [
      [1, 1.25, 1.75, 2],
      [1.5, 1.75, 2.25, 2.5],
      [2.5, 2.75, 3.25, 3.5],
      [3, 3.25, 3.75, 4],
    ].flat(),
  );
  assertClose(
    await run({ mode: "bilinear", align_corners: true, size: [2, 4] }),
    [1, 4 / 3, 5 / 3, 2, 3, 10 / 3, 11 / 3, 4],
  );
  assertClose(await run({ size: [1, 3] }), [1, 1, 2]);
  for (
    const param of [{ scale: [2, 3] }, { mode: "bilinear", scale: 1.5 }, {
      mode: "bilinear",
      align_corners: true,
    }, {
      mode: "bilinear",
      size: [2, 3],
    }]
  ) {
    using net = await libraryNet({ type: "Upsample", bottoms: { x: [2, 2, 3, 4] }, param, loss: true });
    assertGradients(net, ["x"]);
  }
  await assert.rejects(run({ scale: 2, size: [2, 2] }), /Expected scale or size but found both/);
  await assert.rejects(run({ align_corners: true }), /Expected align_corners with mode bilinear/);
});

Deno.test("ROIPooling: bins of whole pixels, gradients, invalid regions", async () => {
  const bottoms = { x: [1, 1, 4, 4], r: [2, 5] };
  const x = Array.from({ length: 16 }, (_, i) => i);
  using net = await libraryNet({ type: "ROIPooling", bottoms, param: { pooled_h: 2, pooled_w: 2 } });
  const r = [0, 0, 0, 3, 3, 0, 1, 1, 2, 9];
  assert.deepEqual([...net.forward({ inputs: { x, r } })["top"]!], [5, 7, 13, 15, 13, 14, 0, 0]);
  using half = await libraryNet({
    type: "ROIPooling",
    bottoms: { x: [2, 2, 5, 6], r: [2, 5] },
    param: { pooled_h: 2, pooled_w: 3, spatial_scale: 0.5 },
    loss: true,
  });
  half.blob("r").data.set([1, 1, 2, 9, 8, 0, 0, 0, 3, 3]);
  assertGradients(half, ["x"], { step: 1e-3 });
  assert.throws(
    () => net.forward({ inputs: { r: [0, 0, 0, 3, 3, 1, 0, 0, 1, 1] } }),
    /Expected region 1 to be of an item from 0 to 0 but found 1/,
  );
  assert.throws(
    () => net.forward({ inputs: { r: [0, 0, NaN, 3, 3, 0, 0, 0, 1, 1] } }),
    /Expected region 0 to have finite corners/,
  );
  await assert.rejects(
    libraryNet({
      type: "ROIPooling",
      bottoms: { x: [1, 1, 4, 4], r: [2, 4] },
      param: { pooled_h: 1, pooled_w: 1 },
    }),
    /Expected regions of shape \(R, 5\)/,
  );
});

Deno.test("ROIAlign: means of interpolated points, gradients", async () => {
  const bottoms = { x: [1, 1, 4, 4], r: [1, 5] };
  const x = Array.from({ length: 16 }, (_, i) => i);
  const run = async (param: object, r: number[]) => {
    using net = await libraryNet({
      type: "ROIAlign",
      bottoms,
      param: { pooled_h: 2, pooled_w: 2, ...param },
    });
    return [...net.forward({ inputs: { x, r } })["top"]!];
  };
  // The image is the plane 4 h + w, so a bin whose points are all inside has the value at its centre.
  const plane = (h: number, w: number) => 4 * h + w;
  const middles = (first: number) =>
    [[0, 0], [0, 1], [1, 0], [1, 1]].map(([h, w]) => plane(first + h!, first + w!));
  assertClose(await run({}, [0, 0.5, 0.5, 2.5, 2.5]), middles(1));
  assertClose(await run({ sampling_ratio: 3 }, [0, 0.5, 0.5, 2.5, 2.5]), middles(1));
  assertClose(await run({ aligned: true }, [0, 1, 1, 3, 3]), middles(1));
  assertClose(await run({ spatial_scale: 0.25 }, [0, 2, 2, 10, 10]), middles(1));
  assertClose(await run({}, [0, 20, 20, 24, 24]), [0, 0, 0, 0]);
  for (const param of [{}, { sampling_ratio: 2, aligned: true }, { spatial_scale: 0.5 }]) {
    using net = await libraryNet({
      type: "ROIAlign",
      bottoms: { x: [2, 2, 5, 6], r: [2, 5] },
      param: { pooled_h: 2, pooled_w: 3, ...param },
      loss: true,
    });
    net.blob("r").data.set([1, 0.3, 1.2, 4.7, 3.9, 0, -2, 0, 3, 7]);
    assertGradients(net, ["x"]);
  }
});
