import type { Values } from "../../conformance/values.ts";
import { type AddLayer, named, same } from "./add_layer.ts";
import type { DraftValue, NetDraft } from "./net_draft.ts";

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

/** SoftmaxWithLoss along any axis but the first. */
export const softmaxWithLoss: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length > 1);
  if (bottom === undefined) return;
  // The first axis is that of the labels as well.
  const axis = net.between(1, bottom.shape.length - 1);
  const { labels, ignore } = labelsFor(net, bottom, axis);
  return net.add("SoftmaxWithLoss", {
    bottoms: [bottom, labels],
    tops: lossTops(net),
    settings: `${lossParam(net, ignore)} softmax_param { axis: ${named(net, axis, bottom.shape.length)} }`,
  });
};

/** SigmoidCrossEntropyLoss, some of its targets ignored at times. */
export const sigmoidCrossEntropyLoss: AddLayer = (net) => {
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

/** EuclideanLoss of two values, or of one and an input. */
export const euclideanLoss: AddLayer = (net) => {
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

/** Accuracy, with one per class at times. */
export const accuracy: AddLayer = (net) => {
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
