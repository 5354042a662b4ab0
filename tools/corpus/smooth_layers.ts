import type { LayerParameter, NetParameter } from "../../proto/messages.ts";

/** The layer types whose gradient is continuous for any settings, or that have none. */
export const SMOOTH_TYPES: ReadonlySet<string> = new Set([
  "Accuracy",
  "Axpy",
  "BN",
  "BNLL",
  "BatchNorm",
  "BatchReindex",
  "Bias",
  "Concat",
  "Convolution",
  "ConvolutionDepthwise",
  "Crop",
  "Deconvolution",
  "DepthwiseConvolution",
  "DummyData",
  "Dropout",
  "Embed",
  "EuclideanLoss",
  "Exp",
  "Flatten",
  "Im2col",
  "InnerProduct",
  "Input",
  "Interp",
  "LRN",
  "LSTM",
  "Log",
  "MVN",
  "MultinomialLogisticLoss",
  "Normalize",
  "Parameter",
  "Permute",
  "Power",
  "RNN",
  "Reorg",
  "Reshape",
  "Scale",
  "ShuffleChannel",
  "Sigmoid",
  "SigmoidCrossEntropyLoss",
  "Silence",
  "Slice",
  "Softmax",
  "SoftmaxWithLoss",
  "Split",
  "Squeeze",
  "Swish",
  "TanH",
  "Tile",
]);

/** The activations that {@link withSmoothLayers} replaces. */
const ACTIVATIONS: ReadonlySet<string> = new Set(["Clip", "ELU", "HardSwish", "PReLU", "ReLU", "ReLU6"]);

/**
 * Whether a net's gradients are continuous, so that inputs that differ by rounding give gradients that differ by little
 * more. A ReLU, a maximum or a margin has a jump in its gradient; of a type that is not known to be smooth it is taken
 * to have one.
 */
export function isSmooth({ layer = [] }: NetParameter): boolean {
  return layer.every((one) => {
    if (one.type === "ELU") return (one.elu_param?.alpha ?? 1) === 1;
    if (one.type === "Pooling") return one.pooling_param?.pool === "AVE";
    if (one.type === "Eltwise") return one.eltwise_param?.operation !== "MAX";
    if (one.type === "Reduction") return one.reduction_param?.operation !== "ASUM";
    return SMOOTH_TYPES.has(one.type ?? "");
  });
}

/**
 * A net with smooth layers in the place of the most frequent ones that are not: ELU for ReLU and its like, averages for
 * maxima. Undefined where other layers that are not smooth remain.
 */
export function withSmoothLayers(net: NetParameter): NetParameter | undefined {
  const smooth = { ...net, layer: (net.layer ?? []).map(smoothed) };
  return isSmooth(smooth) ? smooth : undefined;
}

function smoothed(layer: LayerParameter): LayerParameter {
  const { type = "", name, bottom = [], top = [], loss_weight = [], propagate_down = [] } = layer;
  if (ACTIVATIONS.has(type)) {
    // Without the settings and parameters that ELU does not have.
    return { ...(name !== undefined && { name }), type: "ELU", bottom, top, loss_weight, propagate_down };
  }
  // A second top is the places of the maxima, which averages do not have.
  if (type === "Pooling" && top.length === 1) {
    return { ...layer, pooling_param: { ...layer.pooling_param, pool: "AVE" } };
  }
  if (type === "Eltwise" && layer.eltwise_param?.operation === "MAX") {
    return { ...layer, eltwise_param: { ...layer.eltwise_param, operation: "SUM" } };
  }
  return layer;
}
