import type { Values } from "../../conformance/values.ts";
import { type AddLayer, same } from "./add_layer.ts";
import type { NetDraft } from "./net_draft.ts";

// BatchReindex, Filter and InfogainLoss have no gradient for a bottom that force_backward asks one for.

/** An input of whole numbers that are chosen once. */
const chosen = (net: NetDraft, shape: readonly number[], values: readonly number[]) =>
  net.input(shape, { kind: "given", values }, true);

/** Items in another order, some of them left out or repeated. */
export const batchReindex: AddLayer = (net) => {
  if (net.forceBackward) return;
  const bottom = net.find();
  if (bottom === undefined) return;
  const [items = 1, ...rest] = bottom.shape, wanted = net.between(1, 6);
  const order = Array.from({ length: wanted }, () => net.between(0, items - 1));
  return net.add("BatchReindex", {
    bottoms: [bottom, chosen(net, [wanted], order)],
    tops: [[wanted, ...rest]],
    positive: bottom.positive,
  });
};

/**
 * The items that a selector names, of one value or two; at least one of them. Only forward knows which, so that layers
 * above are set up for all: they take its tops where it leaves out nothing.
 */
export const filter: AddLayer = (net) => {
  if (net.forceBackward) return;
  const first = net.find();
  if (first === undefined) return;
  const [items = 1] = first.shape, kept = net.between(0, items - 1);
  const second = net.chance(0.4)
    ? net.find((value) => value !== first && value.shape[0] === items)
    : undefined;
  const bottoms = second === undefined ? [first] : [first, second];
  const often = net.pick([0.5, 1]);
  const selector = Array.from({ length: items }, (_, i) => i === kept || net.chance(often) ? 1 : 0);
  const left = selector.filter((value) => value !== 0).length;
  const tops = net.add("Filter", {
    bottoms: [...bottoms, chosen(net, [items], selector)],
    tops: bottoms.map(({ shape }) => [left, ...shape.slice(1)]),
    positive: bottoms.every(({ positive }) => positive),
  });
  if (left < items) { for (const top of tops ?? []) top.gone = true; }
};

/** Pooling in a pyramid, with as many bins at each level as its number says. */
export const spp: AddLayer = (net) => {
  const height = net.between(1, 3), most = 2 ** (height - 1);
  // Of other sizes, some windows lie outside, or there are fewer bins.
  const fits = (size: number) => size % most === 0;
  const bottom = net.find(({ shape }) => shape.length === 4 && fits(shape[2]!) && fits(shape[3]!)) ??
    net.input([net.between(1, 2), net.between(1, 2), most * net.between(1, 2), most * net.between(1, 2)]);
  const [items = 1, channels = 1] = bottom.shape, bins = (4 ** height - 1) / 3;
  return net.add("SPP", {
    bottoms: [bottom],
    tops: [[items, channels * bins, ...height === 1 ? [1, 1] : []]],
    settings: `spp_param { pyramid_height: ${height} pool: ${net.pick(["MAX", "AVE"])} }`,
    positive: bottom.positive,
  });
};

const weight = (net: NetDraft) => net.chance(0.3) ? `loss_weight: ${net.number(0.1, 2)}` : "";

/** ContrastiveLoss of two values of one shape, (N, C). */
export const contrastiveLoss: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length === 2);
  if (bottom === undefined) return;
  const other = net.find((value) => value !== bottom && same(value.shape, bottom.shape)) ??
    net.input(bottom.shape);
  const pairs = net.input([bottom.shape[0]!], { kind: "labels", classes: 2 }, true);
  return net.add("ContrastiveLoss", {
    bottoms: [bottom, other, pairs],
    tops: [[]],
    settings: `${weight(net)} contrastive_loss_param { margin: ${net.number(0.5, 4)} legacy_version: ${
      net.chance(0.4)
    } }`,
  });
};

/** Labels of the items of scores (N, C, ...), one for each. */
const labels = (net: NetDraft, [items = 1, ...rest]: readonly number[]) =>
  net.input([items], { kind: "labels", classes: rest.reduce((product, size) => product * size, 1) }, true);

/** HingeLoss, of one or of squares. */
export const hingeLoss: AddLayer = (net) => {
  const bottom = net.find(({ shape }) => shape.length >= 2 && shape.length <= 4);
  if (bottom === undefined) return;
  return net.add("HingeLoss", {
    bottoms: [bottom, labels(net, bottom.shape)],
    tops: [[]],
    settings: `${weight(net)} hinge_loss_param { norm: ${net.pick(["L1", "L2"])} }`,
  });
};

/** MultinomialLogisticLoss of what is above 0. */
export const multinomialLogisticLoss: AddLayer = (net) => {
  const bottom = net.find(({ shape, positive }) => positive && shape.length >= 2 && shape.length <= 4);
  if (bottom === undefined) return;
  return net.add("MultinomialLogisticLoss", {
    bottoms: [bottom, labels(net, bottom.shape)],
    tops: [[]],
    settings: weight(net),
  });
};

/** InfogainLoss along the second axis, with its matrix from a bottom. */
export const infogainLoss: AddLayer = (net) => {
  if (net.forceBackward) return;
  const bottom = net.find(({ shape }) => shape.length >= 2);
  if (bottom === undefined) return;
  const [items = 1, classes = 1, ...rest] = bottom.shape, ignored = net.chance(0.3) ? -1 : undefined;
  const values: Values = { kind: "labels", classes, ignore: ignored };
  const normalization = net.chance(0.5)
    ? `normalization: ${net.pick(["FULL", "VALID", "BATCH_SIZE", "NONE"])}`
    : "";
  const hasScores = net.chance(0.2);
  return net.add("InfogainLoss", {
    bottoms: [
      bottom,
      net.input([items, 1, ...rest], values, true),
      net.input([1, 1, classes, classes], { kind: "uniform", min: 0, max: 1 }, true),
    ],
    tops: hasScores ? [[], bottom.shape] : [[]],
    // libcaffe wants a weight for each top, or for none of them.
    settings: `${hasScores ? "loss_weight: 0.7 loss_weight: 0" : weight(net)} loss_param { ${
      ignored === undefined ? "" : `ignore_label: ${ignored}`
    } ${normalization} }`,
  });
};
