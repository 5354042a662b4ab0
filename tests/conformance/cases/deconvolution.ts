import { type LayerCase, layerCases, type LayerConfig } from "../layer_case.ts";
import { randomOf } from "../values.ts";

/** Deconvolutions of any settings that fit. */
const randomDeconvolutions = Array.from({ length: 12 }, (_, i): LayerConfig => {
  const next = randomOf(`deconvolution ${i}`);
  const pick = (low: number, high: number) => low + Math.floor((high - low + 1) * next());
  const group = pick(0, 1) === 0 ? pick(2, 4) : 1;
  const [channels, outputs] = [group * pick(1, 5), group * pick(1, 5)];
  const axis = () => {
    const kernel = pick(1, 5), dilation = pick(0, 3) === 0 ? 2 : 1, size = pick(2, 7), stride = pick(1, 3);
    const whole = stride * (size - 1) + dilation * (kernel - 1) + 1;
    return { kernel, dilation, stride, size, pad: Math.min(pick(0, 2), Math.floor((whole - 1) / 2)) };
  };
  const [h, w] = [axis(), axis()];
  return {
    what: `random ${i}`,
    bottoms: [[pick(1, 3), channels, h.size, w.size]],
    param: `convolution_param { num_output: ${outputs} group: ${group} bias_term: ${pick(0, 3) > 0}
      kernel_size: ${h.kernel} kernel_size: ${w.kernel} stride: ${h.stride} stride: ${w.stride}
      pad: ${h.pad} pad: ${w.pad} dilation: ${h.dilation} dilation: ${w.dilation} }`,
  };
});

/** Layers that use a convolution's geometry: Deconvolution and Im2col. */
export const deconvolutionCases: LayerCase[] = [
  ...layerCases("Deconvolution", [
    {
      what: "odd sizes",
      bottoms: [[2, 3, 5, 4]],
      param: "convolution_param { num_output: 4 kernel_size: 3 }",
    },
    {
      what: "stride and pad",
      bottoms: [[2, 4, 5, 6]],
      param: "convolution_param { num_output: 3 kernel_size: 4 stride: 2 pad: 1 }",
    },
    {
      what: "height and width apart",
      bottoms: [[2, 3, 4, 5]],
      param:
        `convolution_param { num_output: 4 kernel_h: 3 kernel_w: 5 stride_h: 1 stride_w: 3 pad_h: 0 pad_w: 2
        bias_term: false }`,
    },
    {
      what: "dilation",
      bottoms: [[2, 5, 4, 3]],
      param: "convolution_param { num_output: 7 kernel_size: 3 dilation: 2 pad: 1 stride: 2 }",
    },
    {
      what: "two groups",
      bottoms: [[2, 6, 4, 5]],
      param: "convolution_param { num_output: 4 kernel_size: 3 pad: 1 group: 2 }",
    },
    {
      what: "grouped upsampling by the bilinear filler",
      bottoms: [[2, 5, 4, 6]],
      param: `convolution_param { num_output: 5 kernel_size: 4 stride: 2 pad: 1 group: 5 bias_term: false
        weight_filler { type: "bilinear" } }`,
    },
    {
      what: "depthwise, dilated, with a bias",
      bottoms: [[2, 3, 5, 4]],
      param: `convolution_param { num_output: 3 kernel_size: 3 kernel_size: 2 stride: 3 stride: 2 dilation: 2
        dilation: 3 pad: 1 pad: 2 group: 3 }`,
    },
    {
      what: "a group for each channel, of two outputs",
      bottoms: [[2, 4, 5, 3]],
      param: "convolution_param { num_output: 8 kernel_size: 3 stride: 2 group: 4 }",
    },
    {
      what: "channels that fill vectors",
      bottoms: [[2, 32, 5, 6]],
      param: "convolution_param { num_output: 16 kernel_size: 4 stride: 2 pad: 1 }",
    },
    {
      what: "a stride beyond the kernel",
      bottoms: [[1, 2, 3, 4]],
      param: "convolution_param { num_output: 3 kernel_size: 2 stride: 5 }",
    },
    { what: "1x1", bottoms: [[3, 7, 5, 6]], param: "convolution_param { num_output: 9 kernel_size: 1 }" },
    {
      what: "three bottoms, one kernel",
      bottoms: [[2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 4, 5]],
      tops: 3,
      param: "convolution_param { num_output: 4 kernel_size: 3 stride: 2 pad: 1 }",
    },
    {
      what: "3 axes",
      bottoms: [[3, 4, 7]],
      param: "convolution_param { num_output: 5 kernel_size: 4 stride: 2 pad: 1 }",
    },
    {
      what: "5 axes",
      bottoms: [[2, 3, 3, 4, 3]],
      param:
        "convolution_param { num_output: 4 kernel_size: 3 pad: 1 pad: 0 pad: 2 stride: 1 stride: 2 stride: 2 }",
    },
    {
      what: "6 axes",
      bottoms: [[2, 4, 2, 3, 2, 3]],
      param:
        `convolution_param { num_output: 6 group: 2 kernel_size: 2 kernel_size: 3 kernel_size: 2 kernel_size: 1
        stride: 1 stride: 2 stride: 1 stride: 2 pad: 1 pad: 0 pad: 1 pad: 0 }`,
    },
    {
      what: "a channel axis that is not the second",
      bottoms: [[2, 3, 4, 5, 4]],
      param: "convolution_param { num_output: 5 kernel_size: 3 axis: 2 }",
    },
    {
      what: "another shape, in two passes",
      bottoms: [[2, 3, 4, 4]],
      param: "convolution_param { num_output: 2 kernel_size: 3 stride: 2 }",
      reshape: { x0: [3, 3, 5, 2] },
      passes: 2,
    },
    ...randomDeconvolutions,
  ]),
  ...layerCases("Im2col", [
    { what: "odd sizes", bottoms: [[2, 3, 5, 4]], param: "convolution_param { kernel_size: 3 }" },
    {
      what: "stride and pad",
      bottoms: [[2, 2, 7, 6]],
      param: "convolution_param { kernel_size: 4 stride: 2 pad: 1 }",
    },
    {
      what: "height and width apart",
      bottoms: [[2, 3, 6, 8]],
      param: "convolution_param { kernel_h: 2 kernel_w: 5 stride_h: 1 stride_w: 3 pad_h: 0 pad_w: 2 }",
    },
    {
      what: "dilation",
      bottoms: [[1, 2, 9, 8]],
      param: "convolution_param { kernel_size: 3 dilation: 2 dilation: 3 pad: 1 }",
    },
    { what: "3 axes", bottoms: [[3, 4, 9]], param: "convolution_param { kernel_size: 4 stride: 2 pad: 1 }" },
    {
      what: "5 axes",
      bottoms: [[2, 3, 3, 4, 5]],
      param:
        "convolution_param { kernel_size: 2 kernel_size: 3 kernel_size: 2 pad: 1 pad: 0 pad: 2 stride: 2 }",
    },
    {
      what: "force_nd_im2col",
      bottoms: [[2, 3, 5, 6]],
      param: "convolution_param { kernel_size: 3 stride: 2 pad: 1 dilation: 2 force_nd_im2col: true }",
    },
    {
      what: "a channel axis that is not the second",
      bottoms: [[2, 3, 2, 5, 4]],
      param: "convolution_param { kernel_size: 3 axis: 2 }",
    },
    {
      what: "a negative axis",
      bottoms: [[2, 3, 5, 4]],
      param: "convolution_param { kernel_size: 2 axis: -3 }",
    },
    {
      what: "a kernel longer than the input by less than the stride",
      bottoms: [[2, 3, 4, 3]],
      param: "convolution_param { kernel_size: 6 kernel_size: 5 stride: 3 stride: 4 }",
    },
    {
      what: "another shape",
      bottoms: [[2, 3, 5, 4]],
      param: "convolution_param { kernel_size: 3 }",
      reshape: { x0: [1, 2, 6, 7] },
    },
  ]),
];
