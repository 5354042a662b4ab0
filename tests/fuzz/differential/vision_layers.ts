import { type AddLayer, same } from "./add_layer.ts";

/** Convolution of one bottom, or of two with the same filters, over one to three axes. */
export const convolution: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length >= 3 && shape.length <= 5);
  if (bottom === undefined) return;
  const [batch, channels, ...sizes] = bottom.shape as [number, number, ...number[]];
  const group = net.chance(0.3) ? net.pick([1, 2, 3, channels].filter((each) => channels % each === 0)) : 1;
  const outputs = group * net.between(1, 4);
  const dilated = net.chance(0.2);
  const axes = sizes.map((size) => {
    const pad = net.pick([0, 0, 1, 2]), dilation = dilated ? 2 : 1;
    const kernel = net.between(1, Math.max(1, Math.min(4, Math.floor((size + 2 * pad - 1) / dilation) + 1)));
    const stride = net.pick([1, 1, 2, 3]), extent = dilation * (kernel - 1) + 1;
    return { pad, dilation, kernel, stride, size: Math.floor((size + 2 * pad - extent) / stride) + 1 };
  });
  const each = (field: string, key: "pad" | "dilation" | "kernel" | "stride") =>
    axes.map((axis) => `${field}: ${axis[key]}`).join(" ");
  const bias = net.chance(0.7);
  const second = net.chance(0.15) ? net.find(({ shape }) => same(shape, bottom.shape)) : undefined;
  const bottoms = second === undefined ? [bottom] : [bottom, second];
  return net.add("Convolution", {
    bottoms,
    tops: bottoms.map(() => [batch, outputs, ...axes.map(({ size }) => size)]),
    settings: `convolution_param { num_output: ${outputs} group: ${group} bias_term: ${bias} ${
      each("kernel_size", "kernel")
    } ${each("stride", "stride")} ${each("pad", "pad")} ${dilated ? each("dilation", "dilation") : ""} }`,
    params: bias ? 2 : 1,
  });
};

/** Pooling over images, of the sizes that libcaffe can do. */
export const pooling: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length === 4);
  if (bottom === undefined) return;
  const [batch, channels, ...sizes] = bottom.shape as [number, number, number, number];
  const pool = net.pick(["MAX", "AVE"]);
  if (net.chance(0.15)) {
    return net.add("Pooling", {
      bottoms: [bottom],
      tops: [[batch, channels, 1, 1]],
      settings: `pooling_param { pool: ${pool} global_pooling: true }`,
    });
  }
  const padded = net.chance(0.5);
  const axes = sizes.map((size) => {
    const kernel = net.between(1, 4), stride = net.between(1, 3);
    return { size, kernel, stride, pad: padded ? net.between(0, Math.min(kernel - 1, 2)) : 0 };
  }) as [PoolingAxis, PoolingAxis];
  // Caffe wants pads below the kernels only as soon as one is set.
  if (axes.some(({ pad }) => pad > 0) && axes.some(({ pad, kernel }) => pad >= kernel)) return;
  const floor = net.chance(0.15);
  const tops = pooledSizes(axes, floor);
  // A window outside of the image is nothing that libcaffe can do.
  if (axes.some(({ size, stride, pad }, i) => tops[i]! < 1 || (tops[i]! - 1) * stride - pad >= size)) return;
  const [h, w] = axes;
  return net.add("Pooling", {
    bottoms: [bottom],
    tops: [[batch, channels, ...tops]],
    settings: `pooling_param { pool: ${pool} kernel_h: ${h.kernel} kernel_w: ${w.kernel} stride_h: ${h.stride}
      stride_w: ${w.stride} pad_h: ${h.pad} pad_w: ${w.pad}${floor ? " round_mode: FLOOR" : ""} }`,
  });
};

interface PoolingAxis {
  size: number;
  kernel: number;
  stride: number;
  pad: number;
}

/** Caffe's PoolingLayer::Reshape: rounded up, and with a pad on any axis the last window begins in the image or its pad. */
function pooledSizes(axes: readonly PoolingAxis[], floor: boolean): number[] {
  const anyPad = axes.some(({ pad }) => pad > 0);
  return axes.map(({ size, kernel, stride, pad }) => {
    const steps = (size + 2 * pad - kernel) / stride;
    // C's conversion cuts toward 0.
    const tops = Math.trunc(floor ? Math.floor(steps) : Math.ceil(steps)) + 1;
    return anyPad && (tops - 1) * stride >= size + pad ? tops - 1 : tops;
  });
}

/** LRN, within channels or across them. */
export const lrn: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length === 4);
  if (bottom === undefined) return;
  const region = net.chance(0.4) ? "WITHIN_CHANNEL" : "ACROSS_CHANNELS";
  return net.add("LRN", {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace: net.mayOverwrite(bottom) && net.chance(0.05),
    settings: `lrn_param { local_size: ${net.pick([1, 3, 5])} alpha: ${net.number(0.1, 1)} beta: ${
      net.number(0.3, 1)
    } ${region === "ACROSS_CHANNELS" ? `k: ${net.number(1, 2)} ` : ""}norm_region: ${region} }`,
  });
};
