import type { Values } from "../../conformance/values.ts";
import * as more from "./more_layers.ts";
import { count, type DraftValue, type LayerDraft, type NetDraft } from "./net_draft.ts";

/** Adds a layer of one type to a draft; does nothing when no value suits it. */
type AddLayer = (net: NetDraft) => unknown;

const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();

/** An axis as a prototxt may name it: from the front or from the end. */
const named = (net: NetDraft, axis: number, axes: number) => net.chance(0.3) ? axis - axes : axis;

/** A layer of one bottom and a top of its shape, in place at times. */
function elementwise(
  type: string,
  settings: (net: NetDraft, bottom: DraftValue) => Pick<LayerDraft, "settings" | "positive" | "constant">,
  often = 0.65,
): AddLayer {
  return (net) => {
    const bottom = net.find();
    if (bottom === undefined) return;
    const inPlace = net.mayOverwrite(bottom) && net.chance(often);
    return net.add(type, { bottoms: [bottom], tops: [bottom.shape], inPlace, ...settings(net, bottom) });
  };
}

function power(net: NetDraft, { positive }: DraftValue): { settings: string; constant: boolean } {
  const exponent = net.pick(positive ? [0, 1, 1, 2, 0.5, -0.75, 1.5] : [0, 1, 1, 1, 2, 3]);
  const [scale, shift] = positive
    ? [net.number(0.1, 1.5), net.number(0.1, 1)]
    : [net.number(-1, 1), net.number(-1, 1)];
  return {
    settings: `power_param { power: ${exponent} scale: ${scale} shift: ${shift} }`,
    constant: exponent === 0 || scale === 0,
  };
}

const convolution: AddLayer = (net) => {
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

const pooling: AddLayer = (net) => {
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

const lrn: AddLayer = (net) => {
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

const innerProduct: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const axis = bottom.shape.length === 1 ? 0 : net.between(net.chance(0.1) ? 0 : 1, bottom.shape.length - 1);
  const outputs = net.between(1, 8), bias = net.chance(0.7);
  return net.add("InnerProduct", {
    bottoms: [bottom],
    tops: [[...bottom.shape.slice(0, axis), outputs]],
    settings: `inner_product_param { num_output: ${outputs} bias_term: ${bias} axis: ${
      named(net, axis, bottom.shape.length)
    }${net.chance(0.3) ? " transpose: true" : ""} }`,
    params: bias ? 2 : 1,
  });
};

const batchNorm: AddLayer = (net) => {
  // The variance of a few values is rounding.
  // libcaffe's backward wants two axes.
  const bottom = net.find(({ shape, varies }) => varies && shape.length > 1 && count(shape) / shape[1]! >= 6);
  if (bottom === undefined) return;
  const statistics = net.pick(["", "", "use_global_stats: true", "use_global_stats: false"]);
  return net.add("BatchNorm", {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace: net.mayOverwrite(bottom) && net.chance(0.4),
    settings: `batch_norm_param { ${statistics} moving_average_fraction: ${net.number(0.5, 0.99)} eps: ${
      net.pick(["1e-5", "1e-3"])
    } }`,
    params: 3,
    fill: [{ kind: "normal" }, { kind: "uniform", min: 0.5, max: 2 }, { kind: "given", values: [1] }],
    statistics: true,
  });
};

/** Scale or Bias, with a parameter or a second bottom. */
function broadcast(type: "Scale" | "Bias"): AddLayer {
  return (net) => {
    const bottom = net.find();
    if (bottom === undefined) return;
    const { shape } = bottom;
    const axis = net.between(0, shape.length - 1), axes = net.between(0, shape.length - axis);
    const inPlace = net.mayOverwrite(bottom) && net.chance(0.35);
    const message = type === "Scale" ? "scale_param" : "bias_param";
    const bias = type === "Scale" && net.chance(0.4);
    const settings = (numAxes: string) =>
      `${message} { axis: ${named(net, axis, shape.length)} ${numAxes} ${bias ? "bias_term: true" : ""} }`;
    if (net.chance(0.35)) {
      const part = shape.slice(axis, axis + axes);
      // Scale with scalars from a bottom is asked with the parameter.
      const second = net.find((value) => value !== bottom && same(value.shape, part)) ??
        (part.length > 0 ? net.input(part) : undefined);
      if (second === undefined) return;
      return net.add(type, {
        bottoms: [bottom, second],
        tops: [shape],
        inPlace,
        settings: settings(""),
        params: bias ? 1 : 0,
      });
    }
    const numAxes = axis + axes === shape.length && net.chance(0.5) ? -1 : axes;
    return net.add(type, {
      bottoms: [bottom],
      tops: [shape],
      inPlace,
      settings: settings(`num_axes: ${numAxes}`),
      params: bias ? 2 : 1,
    });
  };
}

const eltwise: AddLayer = (net) => {
  const first = net.find();
  if (first === undefined) return;
  const bottoms = [first];
  for (let i = net.between(1, 2); i > 0; i--) {
    bottoms.push(
      net.find((value) => value !== first && same(value.shape, first.shape)) ??
        (net.chance(0.5) ? net.input(first.shape) : first),
    );
  }
  const operation = net.pick(["SUM", "SUM", "PROD", "MAX"]);
  const coefficients = operation === "SUM" && net.chance(0.5)
    ? bottoms.map(() => `coeff: ${net.number(-1.5, 1.5)}`).join(" ")
    : "";
  // Dividing by what may be close to 0 is not asked for.
  const stable = operation === "PROD" ? "stable_prod_grad: true" : "";
  return net.add("Eltwise", {
    bottoms,
    tops: [first.shape],
    settings: `eltwise_param { operation: ${operation} ${coefficients} ${stable} }`,
  });
};

const concat: AddLayer = (net) => {
  const first = net.find();
  if (first === undefined) return;
  const { shape } = first, axis = net.between(0, shape.length - 1);
  const others = (a: readonly number[]) => a.filter((_, i) => i !== axis);
  const bottoms = [first];
  for (let i = net.between(0, 2); i > 0; i--) {
    bottoms.push(
      net.find((value) => value.shape.length === shape.length && same(others(value.shape), others(shape))) ??
        net.input(shape.with(axis, net.between(1, 4))),
    );
  }
  const length = bottoms.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return net.add("Concat", {
    bottoms,
    tops: [shape.with(axis, length)],
    settings: `concat_param { axis: ${named(net, axis, shape.length)} }`,
  });
};

const slice: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom, axis = net.between(0, shape.length - 1), length = shape[axis]!;
  const parts = net.between(1, Math.min(3, length));
  const points = Array.from({ length: length - 1 }, (_, i) => i + 1);
  while (points.length >= parts) points.splice(net.dice.below(points.length), 1);
  const even = length % parts === 0 && net.chance(0.5);
  const ends = even ? points.map((_, i) => (i + 1) * length / parts) : points;
  const sizes = [...ends, length].map((end, i) => end - (ends[i - 1] ?? 0));
  return net.add("Slice", {
    bottoms: [bottom],
    tops: sizes.map((size) => shape.with(axis, size)),
    settings: `slice_param { axis: ${named(net, axis, shape.length)} ${
      even ? "" : points.map((point) => `slice_point: ${point}`).join(" ")
    } }`,
  });
};

const split: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  return net.add("Split", {
    bottoms: [bottom],
    tops: Array.from({ length: net.between(1, 3) }, () => bottom.shape),
    positive: bottom.positive,
  });
};

const flatten: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom;
  const axis = net.between(0, shape.length - 1), end = net.between(axis, shape.length - 1);
  return net.add("Flatten", {
    bottoms: [bottom],
    tops: [[...shape.slice(0, axis), count(shape.slice(axis, end + 1)), ...shape.slice(end + 1)]],
    settings: `flatten_param { axis: ${named(net, axis, shape.length)} end_axis: ${
      named(net, end, shape.length)
    } }`,
  });
};

const reshape: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const { shape } = bottom;
  const start = net.between(0, shape.length - 1), end = net.between(start + 1, shape.length);
  const inner = count(shape.slice(start, end));
  const [dims, sizes] = net.pick([
    () => [[0, -1], [shape[start]!, inner / shape[start]!]] as const,
    () => [[-1], [inner]] as const,
    () => [[1, -1, 1], [1, inner, 1]] as const,
    () => {
      const factor = net.pick([2, 3, 4, 5].filter((each) => inner % each === 0).concat(1));
      return [[factor, inner / factor], [factor, inner / factor]] as const;
    },
  ])();
  const top = [...shape.slice(0, start), ...sizes, ...shape.slice(end)];
  if (top.length > 5) return;
  const numAxes = end === shape.length && net.chance(0.5) ? "" : `num_axes: ${end - start}`;
  return net.add("Reshape", {
    bottoms: [bottom],
    tops: [top],
    settings: `reshape_param { shape { ${
      dims.map((dim) => `dim: ${dim}`).join(" ")
    } } axis: ${start} ${numAxes} }`,
  });
};

const softmax: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const axis = net.between(0, bottom.shape.length - 1);
  return net.add("Softmax", {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace: net.mayOverwrite(bottom) && net.chance(0.1),
    settings: `softmax_param { axis: ${named(net, axis, bottom.shape.length)} }`,
    positive: true,
    // Of one class, 1.
    constant: bottom.shape[axis] === 1,
  });
};

const silence: AddLayer = (net) => {
  const bottom = net.find(({ uses }) => uses === 0);
  if (bottom === undefined || net.layers.length < 4) return;
  return net.add("Silence", { bottoms: [bottom], tops: [] });
};

const dummyData: AddLayer = (net) => {
  const shape = net.shape(net.between(1, 4)), tops = net.between(1, 2);
  return net.add("DummyData", {
    tops: Array.from({ length: tops }, () => shape),
    settings: `dummy_data_param { shape { ${shape.map((size) => `dim: ${size}`).join(" ")} } data_filler {
      value: ${net.number(-1, 1)} } }`,
  });
};

const input: AddLayer = (net) => net.input(net.find()?.shape ?? net.shape(net.between(1, 5)));

/** Labels for the classes along an axis, some of them ignored at times. */
function labelsFor(
  net: NetDraft,
  { shape }: DraftValue,
  axis: number,
): { labels: DraftValue; ignore: string } {
  const ignore = net.chance(0.3) ? net.pick([-1, 255]) : undefined;
  const labelShape = shape.toSpliced(axis, 1);
  const values: Values = { kind: "labels", classes: shape[axis]!, ignore };
  return {
    labels: net.input(labelShape.length === 0 ? [1] : labelShape, values, true),
    ignore: ignore === undefined ? "" : `ignore_label: ${ignore}`,
  };
}

/** The top of a loss, which few nets do without. */
const lossTops = (net: NetDraft) => net.chance(0.05) ? [] : [[]];

function lossParam(net: NetDraft, ignore: string): string {
  const weight = net.chance(0.3) ? `loss_weight: ${net.number(0.1, 2)}` : "";
  const normalization = net.chance(0.5)
    ? `normalization: ${net.pick(["FULL", "VALID", "BATCH_SIZE", "NONE"])}`
    : "";
  return `${weight} loss_param { ${ignore} ${normalization} }`;
}

const softmaxWithLoss: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length > 1);
  if (bottom === undefined) return;
  // The first axis is that of the labels as well.
  const axis = net.between(1, bottom.shape.length - 1);
  const { labels, ignore } = labelsFor(net, bottom, axis);
  const tops = lossTops(net);
  return net.add("SoftmaxWithLoss", {
    bottoms: [bottom, labels],
    tops,
    settings: `${
      tops.length === 0 ? lossParam(net, ignore).replace(/loss_weight: \S+/, "") : lossParam(net, ignore)
    } softmax_param { axis: ${named(net, axis, bottom.shape.length)} }`,
  });
};

const sigmoidCrossEntropyLoss: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const ignored = net.chance(0.2);
  const values: Values = ignored
    ? { kind: "labels", classes: 2, ignore: -1 }
    : { kind: "uniform", min: 0, max: 1 };
  const target = net.input(bottom.shape, values, true);
  return net.add("SigmoidCrossEntropyLoss", {
    bottoms: [bottom, target],
    tops: [[]],
    settings: lossParam(net, ignored ? "ignore_label: -1" : ""),
  });
};

const euclideanLoss: AddLayer = (net) => {
  // libcaffe asks for `num`, which blobs of more axes do not have.
  const bottom = net.find(({ shape }) => shape.length <= 4);
  if (bottom === undefined) return;
  const target = net.find((value) => value !== bottom && same(value.shape, bottom.shape)) ??
    net.input(bottom.shape);
  return net.add("EuclideanLoss", {
    bottoms: [bottom, target],
    tops: [[]],
    settings: net.chance(0.3) ? `loss_weight: ${net.number(0.1, 2)}` : "",
  });
};

const accuracy: AddLayer = (net) => {
  // Its backward is an end of libcaffe's process.
  if (net.forceBackward) return;
  const bottom = net.find();
  if (bottom === undefined) return;
  const axis = net.between(0, bottom.shape.length - 1), classes = bottom.shape[axis]!;
  const { labels, ignore } = labelsFor(net, bottom, axis);
  const perClass = net.chance(0.3);
  const tops = net.add("Accuracy", {
    bottoms: [bottom, labels],
    tops: perClass ? [[], [classes]] : [[]],
    settings: `accuracy_param { axis: ${named(net, axis, bottom.shape.length)} top_k: ${
      net.between(1, Math.min(3, classes))
    } ${ignore} }`,
  });
  // Nothing learns through it.
  for (const top of tops ?? []) top.gone = true;
};

/** A loss weight on what is no loss by itself. */
const weighted: AddLayer = (net) => {
  const bottom = net.find();
  if (bottom === undefined) return;
  const inPlace = net.mayOverwrite(bottom) && net.chance(0.2);
  const [top] = net.add(net.pick(["Power", "TanH", "ReLU"]), {
    bottoms: [bottom],
    tops: [bottom.shape],
    inPlace,
    settings: `loss_weight: ${net.number(0.1, 1)}`,
  }) ?? [];
  // The loss is a use of it.
  if (top !== undefined) top.uses++;
};

/** Another layer with the parameters of one before, on a value of the same shape. */
const shared: AddLayer = (net) => {
  const owner = net.dice.pick(
    net.layers.filter(({ params, bottoms, statistics, multipliers }) =>
      params > 0 && bottoms.length === 1 && !statistics && multipliers === undefined
    ),
  );
  if (owner === undefined) return;
  const shapeOf = (id: string) => net.values.find((value) => value.id === id)!.shape;
  const wanted = shapeOf(owner.bottoms[0]!);
  const bottom = net.find((value) => same(value.shape, wanted)) ?? net.input(wanted);
  const share = owner.share ?? `shared_${owner.name}`;
  net.layers[net.layers.indexOf(owner)] = { ...owner, share };
  return net.add(owner.type, {
    bottoms: [bottom],
    tops: owner.tops.map(shapeOf),
    settings: owner.settings,
    params: owner.params,
    share,
  });
};

/** What may come next, as often as it says; a type that draws numbers only where it draws none. */
const layers: readonly (readonly [AddLayer, often: number, phase?: "TEST"])[] = [
  [convolution, 5],
  [pooling, 4],
  [lrn, 3],
  [innerProduct, 4],
  [
    elementwise("ReLU", (net) => ({
      settings: net.chance(0.3) ? `relu_param { negative_slope: ${net.number(0, 0.5)} }` : "",
    })),
    3,
  ],
  [elementwise("AbsVal", () => ({ settings: "" }), 0), 1],
  [elementwise("BNLL", () => ({ settings: "", positive: true }), 0.1), 1],
  [
    elementwise(
      "Clip",
      (net) => ({ settings: `clip_param { min: ${net.number(-2, 0)} max: ${net.number(0.1, 3)} }` }),
      0.1,
    ),
    1,
  ],
  [
    elementwise(
      "ELU",
      (net) => ({ settings: net.chance(0.6) ? `elu_param { alpha: ${net.number(0, 2)} }` : "" }),
    ),
    1.5,
  ],
  [
    elementwise(
      "Swish",
      (net) => ({ settings: net.chance(0.6) ? `swish_param { beta: ${net.number(0, 2)} }` : "" }),
      0.4,
    ),
    1.5,
  ],
  [more.exponential, 1.5],
  [more.logarithm, 1],
  [more.threshold, 1],
  [more.argMax, 1],
  [more.prelu, 2],
  [more.crop, 1.5],
  [more.tile, 1.5],
  [more.reduction, 1.5],
  [more.mvn, 1.5],
  [more.embed, 1.5],
  [more.parameter, 1],
  [elementwise("Sigmoid", () => ({ settings: "", positive: true })), 2],
  [elementwise("TanH", () => ({ settings: "" })), 2],
  [elementwise("Power", power, 0.2), 3],
  [
    elementwise(
      "Dropout",
      (net) => ({ settings: `dropout_param { dropout_ratio: ${net.number(0.1, 0.9)} }` }),
    ),
    3,
    "TEST",
  ],
  [batchNorm, 3],
  [broadcast("Scale"), 4],
  [broadcast("Bias"), 3],
  [eltwise, 3],
  [concat, 3],
  [slice, 3],
  [split, 2],
  [flatten, 2],
  [reshape, 3],
  [softmax, 2],
  [silence, 1],
  [dummyData, 0.7],
  [input, 1],
  [weighted, 0.6],
  [shared, 2],
  [accuracy, 1],
];

const losses: readonly AddLayer[] = [softmaxWithLoss, sigmoidCrossEntropyLoss, euclideanLoss];

/** Adds a random layer, if the one that the dice chose suits. */
export function addRandomLayer(net: NetDraft): void {
  const possible = layers.filter(([, , phase]) => phase === undefined || phase === net.phase);
  let at = net.dice.roll() * possible.reduce((sum, [, often]) => sum + often, 0);
  possible.find(([, often]) => (at -= often) < 0)?.[0](net);
}

/** Adds a random loss. */
export function addRandomLoss(net: NetDraft): void {
  net.pick(losses)(net);
}
