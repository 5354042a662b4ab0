import { type AddLayer, named, same } from "./add_layer.ts";
import { count, type DraftValue, type LayerDraft, type NetDraft } from "./net_draft.ts";

/** A layer of one bottom and a top of its shape, in place at times. */
export function elementwise(
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

/** The settings of a Power layer that keeps the values finite. */
export function power(net: NetDraft, { positive }: DraftValue): { settings: string; constant: boolean } {
  const exponent = net.pick(positive ? [0, 1, 1, 2, 0.5, -0.75, 1.5] : [0, 1, 1, 1, 2, 3]);
  const [scale, shift] = positive
    ? [net.number(0.1, 1.5), net.number(0.1, 1)]
    : [net.number(-1, 1), net.number(-1, 1)];
  return {
    settings: `power_param { power: ${exponent} scale: ${scale} shift: ${shift} }`,
    constant: exponent === 0 || scale === 0,
  };
}

/** InnerProduct from any axis on. */
export const innerProduct: AddLayer = (net) => {
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

/** BatchNorm of enough values. */
export const batchNorm: AddLayer = (net) => {
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
export function broadcast(type: "Scale" | "Bias"): AddLayer {
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

/** Eltwise of two or three values. */
export const eltwise: AddLayer = (net) => {
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

/** Softmax along any axis. */
export const softmax: AddLayer = (net) => {
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
