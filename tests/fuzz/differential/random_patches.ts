import type { AddLayer } from "./add_layer.ts";
import type { NetDraft } from "./net_draft.ts";

/** One spatial axis: its settings, and its length in the image and in the map. */
interface PatchAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly dilation: number;
}

const settingsOf = (axes: readonly PatchAxis[]) =>
  (["kernel", "stride", "pad", "dilation"] as const).flatMap((key) =>
    axes.map((axis) => `${key === "kernel" ? "kernel_size" : key}: ${axis[key]}`)
  ).join(" ");

const extent = ({ kernel, dilation }: PatchAxis) => dilation * (kernel - 1) + 1;

const find = (net: NetDraft) => net.find(({ shape }) => shape.length >= 3 && shape.length <= 5);

/** A deconvolution, grouped at times, and with a group for each channel at others. */
export const deconvolution: AddLayer = (net) => {
  const bottom = find(net);
  if (bottom === undefined) return;
  const [batch, channels, ...sizes] = bottom.shape as [number, number, ...number[]];
  const group = net.chance(0.4) ? net.pick([1, 2, 3, channels].filter((each) => channels % each === 0)) : 1;
  const outputs = group === channels && net.chance(0.6) ? channels : group * net.between(1, 3);
  const dilation = net.chance(0.2) ? 2 : 1;
  const axes = sizes.map((size) => {
    const axis = { kernel: net.between(1, 4), stride: net.pick([1, 2, 2, 3]), dilation };
    const whole = axis.stride * (size - 1) + dilation * (axis.kernel - 1) + 1;
    return { ...axis, pad: Math.min(net.pick([0, 0, 1, 2]), Math.floor((whole - 1) / 2)) };
  });
  const bias = net.chance(0.6);
  return net.add("Deconvolution", {
    bottoms: [bottom],
    tops: [[
      batch,
      outputs,
      ...axes.map((axis, i) => axis.stride * (sizes[i]! - 1) + extent(axis) - 2 * axis.pad),
    ]],
    settings: `convolution_param { num_output: ${outputs} group: ${group} bias_term: ${bias} ${
      settingsOf(axes)
    } }`,
    params: bias ? 2 : 1,
  });
};

/** The patches of a convolution. */
export const im2col: AddLayer = (net) => {
  const bottom = find(net);
  if (bottom === undefined) return;
  const [batch, channels, ...sizes] = bottom.shape as [number, number, ...number[]];
  const axes = sizes.map((size) => {
    const pad = net.pick([0, 0, 1]), stride = net.pick([1, 2, 3]);
    return { kernel: net.between(1, Math.min(3, size + 2 * pad)), stride, pad, dilation: 1 };
  });
  return net.add("Im2col", {
    bottoms: [bottom],
    tops: [[
      batch,
      axes.reduce((product, { kernel }) => product * kernel, channels),
      ...axes.map((axis, i) => Math.floor((sizes[i]! + 2 * axis.pad - extent(axis)) / axis.stride) + 1),
    ]],
    settings: `convolution_param { ${settingsOf(axes)}${net.chance(0.3) ? " force_nd_im2col: true" : ""} }`,
  });
};
