import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertClose, libraryNet, patternless } from "./library_net.ts";

const CLASSES = 3, HEIGHT = 9, WIDTH = 11, AREA = HEIGHT * WIDTH;
const PARAM = { max_iter: 4, pos_w: [1.5], pos_xy_std: [2], bi_w: [2.5], bi_xy_std: [4], bi_rgb_std: [20] };

/** Two colours, left and right, with noise; and scores that tell them apart poorly. */
function picture(seed: number): { image: Float32Array; scores: Float32Array } {
  const noise = patternless(3 * AREA, seed), uncertain = patternless(CLASSES * AREA, seed + 7);
  const right = (i: number) => i % WIDTH > 4;
  const image = noise.map((value, i) => 5 * value + (right(i) ? 60 : -60));
  const scores = uncertain.map((value, i) => value + (Math.floor(i / AREA) === (right(i) ? 1 : 0) ? 0.4 : 0));
  return { image, scores };
}

/** Mean-field inference with exact kernels, over the first `height` rows and `width` columns: (CLASSES, AREA). */
function exact(scores: Float32Array, image: Float32Array, height: number, width: number): Float32Array {
  const at: number[] = [];
  for (let row = 0; row < height; row++) for (let x = 0; x < width; x++) at.push(row * WIDTH + x);
  const square = (a: number, b: number, std: number) => ((a - b) / std) ** 2 / 2;
  const kernels = [false, true].map((bilateral) =>
    at.map((i) => {
      const row = at.map((j) => {
        const std = bilateral ? PARAM.bi_xy_std[0]! : PARAM.pos_xy_std[0]!;
        let sum = square(i % WIDTH, j % WIDTH, std) +
          square(Math.floor(i / WIDTH), Math.floor(j / WIDTH), std);
        for (let c = 0; bilateral && c < 3; c++) {
          sum += square(image[c * AREA + i]!, image[c * AREA + j]!, PARAM.bi_rgb_std[0]!);
        }
        return Math.exp(-sum);
      });
      const whole = row.reduce((a, b) => a + b);
      return row.map((value) => value / whole);
    })
  );
  const unary = at.map((i) => Array.from({ length: CLASSES }, (_, c) => scores[c * AREA + i]!));
  const softmax = (x: number[]) => {
    const e = x.map(Math.exp), sum = e.reduce((a, b) => a + b);
    return e.map((value) => value / sum);
  };
  let q = unary.map(softmax);
  for (let step = 0; step < PARAM.max_iter; step++) {
    q = unary.map((x, i) =>
      softmax(x.map((value, c) =>
        kernels.reduce(
          (sum, kernel, k) =>
            sum +
            (k === 0 ? PARAM.pos_w[0]! : PARAM.bi_w[0]!) *
              q.reduce((all, p, j) => all + kernel[i]![j]! * p[c]!, 0),
          value,
        )
      ))
    );
  }
  const y = new Float32Array(CLASSES * AREA);
  for (const [n, i] of at.entries()) for (let c = 0; c < CLASSES; c++) y[c * AREA + i] = q[n]![c]!;
  return y;
}

const bottoms = { scores: [2, CLASSES, HEIGHT, WIDTH], size: [2, 1, 1, 2], image: [2, 3, HEIGHT, WIDTH] };
const batch = () => {
  const pictures = [picture(1), picture(2)];
  const all = (key: "scores" | "image") => Float32Array.from(pictures.flatMap((each) => [...each[key]]));
  return { pictures, scores: all("scores"), image: all("image") };
};

Deno.test("DenseCRF gives what mean-field inference with exact kernels gives, each item with its image and size", async () => {
  const { pictures: [first, second], scores, image } = batch();
  using net = await libraryNet({ type: "DenseCRF", bottoms, param: PARAM, phase: "TEST" });
  net.forward({ inputs: { scores, image, size: [HEIGHT + 3, WIDTH + 9, 6, 8] } });
  const { data, shape } = net.blob("top");
  assert.deepEqual(shape, [2, CLASSES, HEIGHT, WIDTH]);
  const wanted = [
    exact(first!.scores, first!.image, HEIGHT, WIDTH),
    exact(second!.scores, second!.image, 6, 8),
  ];
  assertClose(data, [...wanted[0]!, ...wanted[1]!], 0.03);
  // Outside of the second image is nothing.
  assert.deepEqual([...data].filter((value) => value === 0).length, CLASSES * (AREA - 48));

  // The first class or the second, as the pixel's colour says: what the scores alone do not tell.
  const right = (probabilities: Float32Array) =>
    Array.from({ length: AREA }, (_, i) => {
      const [p0, p1, p2] = [0, 1, 2].map((c) => probabilities[c * AREA + i]!) as [number, number, number];
      return i % WIDTH > 4 ? p1 > p0 && p1 > p2 : p0 > p1 && p0 > p2;
    }).filter(Boolean).length / AREA;
  assert.ok(right(first!.scores) < 0.7, `${right(first!.scores)}`);
  assert.ok(right(data) > 0.97, `${right(data)}`);
});

Deno.test("DenseCRF reads dense_crf_param, and gives logarithms of the same probabilities", async () => {
  const { scores, image } = batch();
  const run = async (output_probability: boolean) => {
    using net = await libraryNet({
      type: "DenseCRF",
      bottoms,
      phase: "TEST",
      more: `dense_crf_param { max_iter: 4 pos_w: 1.5 pos_xy_std: 2 bi_w: 2.5 bi_xy_std: 4 bi_rgb_std: 20
        output_probability: ${output_probability} }`,
    });
    net.forward({ inputs: { scores, image, size: [HEIGHT, WIDTH, HEIGHT, WIDTH] } });
    return net.blob("top").data.slice();
  };
  const probabilities = await run(true);
  assertClose(await run(false), probabilities.map(Math.log), 1e-5);
  using net = await libraryNet({ type: "DenseCRF", bottoms, param: PARAM, phase: "TEST" });
  net.forward({ inputs: { scores, image, size: [HEIGHT, WIDTH, HEIGHT, WIDTH] } });
  assert.deepEqual(net.blob("top").data, probabilities);
});

Deno.test("DenseCRF without steps is a softmax, and needs no image without bilateral kernels", async () => {
  const small = { scores: [1, 2, 1, 2], size: [1, 2] };
  using net = await libraryNet({ type: "DenseCRF", bottoms: small, param: { max_iter: 0 }, phase: "TEST" });
  net.forward({ inputs: { scores: [0, 50, Math.log(3), -60], size: [1, 2] } });
  assertClose(net.blob("top").data, [1 / 4, 1, 3 / 4, Math.exp(-110)]);
});

Deno.test("DenseCRF refuses kernels without all their numbers, images that do not fit, and training", async () => {
  const three = (param: object, shapes: Record<string, readonly number[]> = bottoms) =>
    libraryNet({ type: "DenseCRF", bottoms: shapes, param, phase: "TEST" });
  await assert.rejects(
    three({ ...PARAM, pos_w: [] }),
    /Expected as many pos_w as pos_xy_std but found 0 and 1/,
  );
  await assert.rejects(
    three({ ...PARAM, bi_rgb_std: [1, 2] }),
    /bi_w as bi_xy_std and bi_rgb_std but found 1, 1 and 2/,
  );
  await assert.rejects(three({}), /Expected a bilateral kernel \(bi_w …\) for the image but found none/);
  const { image: _, ...two } = bottoms;
  await assert.rejects(three(PARAM, two), /Expected the image as a third bottom/);
  const other = { ...bottoms, image: [2, 3, HEIGHT, 4] };
  await assert.rejects(three(PARAM, other), /Expected an image \(2, 3, 9, 11\) but found \(2, 3, 9, 4\)/);
  await assert.rejects(
    three(PARAM, { ...bottoms, size: [1, 2] }),
    /height and width of 2 images, \(2, 2\), but found \(1, 2\)/,
  );

  using net = await three(PARAM);
  assert.throws(
    () => net.forward({ inputs: { size: [0, 4, 4, 4] } }),
    /heights and widths of 1 or more, in pixels, but found 0/,
  );
  using trained = await Net.fromText(
    `layer { name: "in" type: "DummyData" top: "x" top: "size"
      dummy_data_param { shape { dim: 1 dim: 2 dim: 2 dim: 2 } shape { dim: 1 dim: 2 }
        data_filler { type: "constant" } data_filler { type: "constant" value: 2 } } }
    layer { name: "conv" type: "Convolution" bottom: "x" top: "s" convolution_param { num_output: 2 kernel_size: 1 } }
    layer { name: "crf" type: "DenseCRF" bottom: "s" bottom: "size" top: "q" dense_crf_param { pos_w: 1 pos_xy_std: 1 } }
    layer { name: "loss" type: "Reduction" bottom: "q" top: "loss" loss_weight: 1 }`,
    { phase: "TRAIN" },
  );
  trained.forward();
  assert.throws(() => trained.backward(), /DenseCRF is for prediction/);
});
