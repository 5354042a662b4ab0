import { type AddLayer, named } from "./add_layer.ts";
import { count, type DraftValue, type NetDraft } from "./net_draft.ts";

const makerOf = (net: NetDraft, { id }: DraftValue) => net.layers.find(({ tops }) => tops.includes(id))!.type;

/** Whether a value is small, so that its exponential is a number. */
const isSmall = (net: NetDraft, value: DraftValue) =>
  ["Input", "Sigmoid", "TanH", "Softmax", "BatchNorm", "MVN", "Clip"].includes(makerOf(net, value));

/** Nothing learns through these. A difference in rounding must not change which value is the greatest. */
function withoutGradient(net: NetDraft, add: (bottom: DraftValue) => DraftValue[] | undefined): void {
  // Their backward is an end of libcaffe's process.
  if (net.forceBackward) return;
  const bottom = net.find((value) => makerOf(net, value) === "Input");
  for (const top of bottom === undefined ? [] : add(bottom) ?? []) top.gone = true;
}

export const exponential: AddLayer = (net) => {
  const bottom = net.find((value) => isSmall(net, value));
  if (bottom === undefined) return;
  return net.add("Exp", {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace: net.mayOverwrite(bottom) && net.chance(0.4),
    settings: `exp_param { base: ${net.pick([-1, 2, 0.5])} scale: ${net.number(-1, 1)} shift: ${
      net.pick([0, net.number(-1, 1)])
    } }`,
    positive: true,
  });
};

export const logarithm: AddLayer = (net) => {
  const bottom = net.find(({ positive }) => positive);
  if (bottom === undefined) return;
  return net.add("Log", {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace: net.mayOverwrite(bottom) && net.chance(0.1),
    settings: `log_param { base: ${net.pick([-1, 2, 10])} scale: ${net.number(0.2, 2)} shift: ${
      net.number(0.1, 1)
    } }`,
  });
};

export const threshold: AddLayer = (net) =>
  withoutGradient(net, (bottom) =>
    net.add("Threshold", {
      bottoms: [bottom],
      tops: [bottom.shape],
      settings: `threshold_param { threshold: ${net.number(-1, 1)} }`,
    }));

export const argMax: AddLayer = (net) =>
  withoutGradient(net, (bottom) => {
    const { shape } = bottom, values = net.chance(0.5);
    if (net.chance(0.5)) {
      const axis = net.between(0, shape.length - 1), k = net.between(1, Math.min(3, shape[axis]!));
      return net.add("ArgMax", {
        bottoms: [bottom],
        tops: [shape.with(axis, k)],
        settings: `argmax_param { axis: ${
          named(net, axis, shape.length)
        } top_k: ${k} out_max_val: ${values} }`,
      });
    }
    const [items, ...rest] = shape as [number, ...number[]];
    const k = net.between(1, Math.min(3, count(rest)));
    const ones = Array.from({ length: Math.max(0, shape.length - 3) }, () => 1);
    return net.add("ArgMax", {
      bottoms: [bottom],
      tops: [[items, values ? 2 : 1, k, ...ones]],
      settings: `argmax_param { top_k: ${k} out_max_val: ${values} }`,
    });
  });

export const prelu: AddLayer = (net) => {
  // libcaffe asks for `channels`, which blobs of more axes do not have.
  const bottom = net.find(({ shape }) => shape.length >= 2 && shape.length <= 4);
  if (bottom === undefined) return;
  return net.add("PReLU", {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace: net.mayOverwrite(bottom) && net.chance(0.4),
    settings: net.chance(0.4) ? "prelu_param { channel_shared: true }" : "",
    params: 1,
  });
};

export const crop: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom, axis = net.between(0, shape.length - 1);
  const sizes = shape.map((size, i) => i < axis ? size : net.between(1, size));
  const room = shape.map((size, i) => size - sizes[i]!).slice(axis);
  const offsets = net.pick([
    [],
    [net.between(0, Math.min(...room))],
    room.map((most) => net.between(0, most)),
  ]);
  const like = net.find((value) =>
    value !== bottom && value.shape.length === shape.length &&
    sizes.every((size, i) => i < axis || value.shape[i] === size)
  ) ?? net.input(sizes.map((size, i) => i < axis ? 1 : size));
  return net.add("Crop", {
    bottoms: [bottom, like],
    tops: [sizes],
    settings: `crop_param { axis: ${named(net, axis, shape.length)} ${
      offsets.map((offset) => `offset: ${offset}`).join(" ")
    } }`,
  });
};

export const tile: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom, axis = net.between(0, shape.length - 1), tiles = net.between(1, 3);
  return net.add("Tile", {
    bottoms: [bottom],
    tops: [shape.with(axis, shape[axis]! * tiles)],
    settings: `tile_param { axis: ${named(net, axis, shape.length)} tiles: ${tiles} }`,
    positive: bottom.positive,
  });
};

export const reduction: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom,
    axis = net.between(net.chance(0.2) ? 0 : Math.min(1, shape.length - 1), shape.length - 1);
  return net.add("Reduction", {
    bottoms: [bottom],
    tops: [shape.slice(0, axis)],
    settings: `reduction_param { operation: ${net.pick(["SUM", "ASUM", "SUMSQ", "MEAN"])} axis: ${
      named(net, axis, shape.length)
    } coeff: ${net.number(-1, 1)} }`,
  });
};

export const mvn: AddLayer = (net) => {
  const bottom = net.find(({ shape, varies }) => varies && shape.length <= 4);
  if (bottom === undefined) return;
  const shape = [0, 1, 2, 3].map((i) => bottom.shape[i] ?? 1);
  const across = net.chance(0.5), variance = net.chance(0.6);
  return net.add("MVN", {
    bottoms: [bottom],
    tops: [shape],
    inPlace: bottom.shape.length === 4 && net.mayOverwrite(bottom) && net.chance(0.2),
    // The deviation of equal values is rounding, beside which eps is large.
    settings: `mvn_param { across_channels: ${across} normalize_variance: ${variance} eps: ${
      net.number(0.01, 0.5)
    } }`,
    constant: count(shape.slice(across ? 1 : 2)) === 1,
  });
};

export const embed: AddLayer = (net) => {
  // libcaffe refuses a gradient for the numbers of rows.
  if (net.forceBackward) return;
  const shape = net.shape(net.between(1, 3)), inputs = net.between(2, 9), outputs = net.between(1, 6);
  const rows = net.input(shape, { kind: "labels", classes: inputs }, true), bias = net.chance(0.6);
  const [top] = net.add("Embed", {
    bottoms: [rows],
    tops: [[...shape, outputs]],
    settings: `embed_param { num_output: ${outputs} input_dim: ${inputs} bias_term: ${bias} }`,
    params: bias ? 2 : 1,
  }) ?? [];
  return top;
};

export const parameter: AddLayer = (net) => {
  const shape = net.shape(net.between(1, 4));
  const [top] = net.add("Parameter", {
    tops: [shape],
    settings: `parameter_param { shape { ${shape.map((size) => `dim: ${size}`).join(" ")} } }`,
    params: 1,
  }) ?? [];
  if (top === undefined) return;
  // In libcaffe a layer in place would overwrite the parameter, and an output's gradient would be cleared with it.
  top.gone = true;
  return net.add("TanH", { bottoms: [top], tops: [shape] });
};
