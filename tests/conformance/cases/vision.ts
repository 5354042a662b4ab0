import { distinct, type LayerCase, layerCases, type LayerConfig } from "../layer_case.ts";
import { randomOf } from "../values.ts";

/** Whole numbers from `low` to `high`. */
const dice = (seed: string) => {
  const next = randomOf(seed);
  return (low: number, high: number) => low + Math.floor((high - low + 1) * next());
};

/** Convolutions of any settings that fit. */
const randomConvolutions = Array.from({ length: 16 }, (_, i): LayerConfig => {
  const pick = dice(`convolution ${i}`);
  const group = pick(0, 2) === 0 ? pick(2, 4) : 1;
  const [channels, outputs] = [group * pick(1, 6), group * pick(1, 6)];
  const axis = () => {
    const kernel = pick(1, 5), dilation = pick(0, 3) === 0 ? pick(2, 3) : 1;
    const extent = dilation * (kernel - 1) + 1;
    return { kernel, dilation, stride: pick(1, 3), pad: pick(0, 2), size: extent + pick(0, 9) };
  };
  const [h, w] = [axis(), axis()];
  return {
    what: `random ${i}`,
    bottoms: [[pick(1, 4), channels, h.size, w.size]],
    param: `convolution_param { num_output: ${outputs} group: ${group} bias_term: ${pick(0, 3) > 0}
      kernel_size: ${h.kernel} kernel_size: ${w.kernel} stride: ${h.stride} stride: ${w.stride}
      pad: ${h.pad} pad: ${w.pad} dilation: ${h.dilation} dilation: ${w.dilation} }`,
  };
});

/**
 * Poolings of any settings in which every window overlaps the image; Caffe leaves other windows undefined.
 */
const randomPoolings = Array.from({ length: 16 }, (_, i): LayerConfig => {
  const pick = dice(`pooling ${i}`);
  const axis = () => {
    const kernel = pick(2, 5);
    return {
      kernel,
      stride: pick(1, kernel),
      pad: pick(0, Math.min(2, kernel - 1)),
      size: kernel + pick(0, 9),
    };
  };
  const [h, w] = [axis(), axis()];
  return {
    what: `random ${i}`,
    bottoms: [distinct(pick(1, 3), pick(1, 17), h.size, w.size)],
    param: `pooling_param { pool: ${i % 2 === 0 ? "MAX" : "AVE"} kernel_h: ${h.kernel} kernel_w: ${w.kernel}
      stride_h: ${h.stride} stride_w: ${w.stride} pad_h: ${h.pad} pad_w: ${w.pad} }`,
  };
});

/** Layers over images: Convolution, Pooling, LRN. */
export const visionCases: LayerCase[] = [
  ...layerCases("Convolution", [
    {
      what: "odd sizes",
      bottoms: [[2, 3, 9, 7]],
      param: "convolution_param { num_output: 5 kernel_size: 3 }",
    },
    {
      what: "stride and pad",
      bottoms: [[3, 4, 11, 8]],
      param: "convolution_param { num_output: 6 kernel_size: 5 stride: 2 pad: 2 }",
    },
    {
      what: "height and width apart",
      bottoms: [[2, 3, 10, 13]],
      param:
        `convolution_param { num_output: 4 kernel_h: 3 kernel_w: 5 stride_h: 1 stride_w: 3 pad_h: 0 pad_w: 2
        bias_term: false }`,
    },
    {
      what: "dilation",
      bottoms: [[2, 5, 12, 11]],
      param: "convolution_param { num_output: 7 kernel_size: 3 dilation: 2 pad: 1 }",
    },
    {
      what: "two groups",
      bottoms: [[2, 6, 8, 7]],
      param: "convolution_param { num_output: 4 kernel_size: 3 pad: 1 group: 2 }",
    },
    {
      what: "depthwise",
      bottoms: [[2, 7, 9, 9]],
      param: "convolution_param { num_output: 14 kernel_size: 3 stride: 2 group: 7 }",
    },
    {
      what: "groups and dilation by axis",
      bottoms: [[2, 8, 13, 9]],
      param:
        `convolution_param { num_output: 8 kernel_size: 3 kernel_size: 2 dilation: 3 dilation: 2 pad: 2 pad: 1
        group: 4 }`,
    },
    { what: "1x1", bottoms: [[3, 17, 5, 6]], param: "convolution_param { num_output: 9 kernel_size: 1 }" },
    {
      what: "three bottoms, one kernel",
      bottoms: [[2, 3, 6, 7], [2, 3, 6, 7], [2, 3, 6, 7]],
      tops: 3,
      param: "convolution_param { num_output: 4 kernel_size: 3 stride: 2 pad: 1 }",
    },
    {
      what: "3 axes",
      bottoms: [[3, 4, 15]],
      param: "convolution_param { num_output: 5 kernel_size: 4 stride: 2 pad: 1 }",
    },
    {
      what: "5 axes",
      bottoms: [[2, 3, 5, 6, 7]],
      param:
        "convolution_param { num_output: 4 kernel_size: 3 pad: 1 pad: 0 pad: 2 stride: 1 stride: 2 stride: 2 }",
    },
    {
      what: "6 axes",
      bottoms: [[2, 4, 3, 4, 5, 3]],
      param:
        `convolution_param { num_output: 6 group: 2 kernel_size: 2 kernel_size: 3 kernel_size: 2 kernel_size: 1
        stride: 1 stride: 2 stride: 1 stride: 2 pad: 1 pad: 0 pad: 1 pad: 0 }`,
    },
    {
      what: "7 axes, dilation",
      bottoms: [[1, 2, 3, 3, 2, 3, 2]],
      param: "convolution_param { num_output: 3 kernel_size: 2 pad: 1 dilation: 2 }",
    },
    {
      what: "a kernel longer than the input by less than the stride",
      bottoms: [[2, 3, 4, 3]],
      param: "convolution_param { num_output: 5 kernel_size: 6 kernel_size: 5 stride: 3 stride: 4 }",
    },
    {
      what: "a channel axis that is not the second",
      bottoms: [[2, 3, 4, 7, 6]],
      param: "convolution_param { num_output: 5 kernel_size: 3 axis: 2 }",
    },
    {
      what: "a loss weight",
      bottoms: [[2, 3, 5, 5]],
      param: "loss_weight: 0.25 convolution_param { num_output: 2 kernel_size: 3 }",
    },
    ...randomConvolutions,
  ]),
  ...layerCases("Pooling", [
    {
      what: "MAX",
      bottoms: [distinct(2, 3, 8, 8)],
      param: "pooling_param { pool: MAX kernel_size: 2 stride: 2 }",
    },
    {
      what: "MAX, rounded up, odd sizes",
      bottoms: [distinct(2, 3, 10, 7)],
      param: "pooling_param { pool: MAX kernel_size: 3 stride: 2 }",
    },
    {
      what: "MAX, pad, overlapping",
      bottoms: [distinct(3, 2, 9, 6)],
      param: "pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 }",
    },
    {
      what: "MAX with its mask",
      bottoms: [distinct(2, 3, 7, 9)],
      tops: 2,
      backward: false,
      param: "pooling_param { pool: MAX kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 }",
    },
    { what: "AVE", bottoms: [[2, 3, 9, 9]], param: "pooling_param { pool: AVE kernel_size: 3 stride: 3 }" },
    {
      what: "AVE, rounded up",
      bottoms: [[2, 4, 10, 8]],
      param: "pooling_param { pool: AVE kernel_size: 3 stride: 2 }",
    },
    {
      what: "AVE, pad, height and width apart",
      bottoms: [[2, 5, 11, 7]],
      param: "pooling_param { pool: AVE kernel_h: 5 kernel_w: 3 stride_h: 3 stride_w: 2 pad_h: 2 pad_w: 1 }",
    },
    {
      what: "MAX, global",
      bottoms: [distinct(3, 4, 5, 6)],
      param: "pooling_param { pool: MAX global_pooling: true }",
    },
    {
      what: "AVE, global",
      bottoms: [[3, 4, 7, 3]],
      param: "pooling_param { pool: AVE global_pooling: true }",
    },
    {
      // From 12 columns libcaffe makes a fifth window, outside the image, and writes to gradient -1.
      what: "MAX, stride beyond the kernel",
      bottoms: [distinct(2, 2, 11, 8)],
      param: "pooling_param { pool: MAX kernel_size: 2 stride: 3 }",
    },
    {
      what: "MAX, ties",
      bottoms: [{ shape: [2, 3, 9, 8], values: { kind: "labels", classes: 3 } }],
      param: "pooling_param { pool: MAX kernel_size: 3 stride: 2 }",
    },
    {
      what: "MAX, everywhere the same",
      bottoms: [{ shape: [1, 16, 6, 6], values: { kind: "given", values: [-1] } }],
      param: "pooling_param { pool: MAX kernel_size: 2 stride: 2 pad: 1 }",
    },
    {
      what: "AVE, pad on one axis",
      bottoms: [[1, 2, 12, 12]],
      param: "pooling_param { pool: AVE kernel_size: 3 stride: 3 pad_h: 1 pad_w: 0 }",
    },
    {
      what: "MAX, pad on one axis that clips the other",
      bottoms: [distinct(1, 2, 10, 12)],
      param: "pooling_param { pool: MAX kernel_size: 2 stride: 3 pad_h: 1 pad_w: 0 }",
    },
    ...["MAX", "AVE"].flatMap((pool): LayerConfig[] => [
      {
        what: `${pool}, a kernel longer than the input`,
        bottoms: [distinct(2, 3, 2, 2)],
        param: `pooling_param { pool: ${pool} kernel_size: 3 stride: 2 }`,
      },
      {
        what: `${pool}, a kernel longer than the padded input`,
        bottoms: [distinct(2, 3, 2, 7)],
        param:
          `pooling_param { pool: ${pool} kernel_h: 6 kernel_w: 4 stride_h: 3 stride_w: 2 pad_h: 1 pad_w: 2 }`,
      },
    ]),
    ...randomPoolings,
  ]),
  ...layerCases("LRN", [
    {
      what: "across channels",
      bottoms: [[2, 7, 5, 4]],
      param: "lrn_param { local_size: 5 alpha: 0.5 beta: 0.75 }",
    },
    { what: "defaults", bottoms: [[2, 9, 3, 5]] },
    {
      what: "a window wider than the channels",
      bottoms: [[3, 4, 3, 3]],
      param: "lrn_param { local_size: 9 alpha: 1 beta: 0.5 k: 2 }",
    },
    {
      what: "across channels, k",
      bottoms: [[2, 11, 4, 7]],
      param: "lrn_param { local_size: 3 alpha: 0.2 beta: 1.25 k: 1.5 }",
    },
    {
      what: "within the channel",
      bottoms: [[2, 3, 8, 7]],
      param: "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 alpha: 0.5 beta: 0.75 }",
    },
    {
      what: "within the channel, a wider window",
      bottoms: [[2, 2, 7, 9]],
      param: "lrn_param { norm_region: WITHIN_CHANNEL local_size: 5 alpha: 2 beta: 0.5 }",
    },
  ]),
];
