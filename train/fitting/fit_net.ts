import { CremaError } from "../../base/error.ts";
import { filterNet } from "../../proto/nets/filter.ts";
import { copyLocation, locationOf } from "../../proto/text/location.ts";
import type { LayerParameter, NetParameter } from "../../proto/messages.ts";

/** What a network is to be fitted to. */
export interface FitNetOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Channels, height and width of an image. */
  readonly input: readonly [channels: number, height: number, width: number];
  /** What is added to the name of a last layer whose number of outputs changes, so that it takes no weights of the old one. */
  readonly suffix?: string | undefined;
  /** Factor of the learning rate of that layer. */
  readonly headRate?: number | undefined;
  /** The layers that read images, one for each phase. They give "data" and "label". */
  readonly data: readonly LayerParameter[];
}

/** A network fitted to images of classes. */
export interface FittedNet {
  /** For training and testing. */
  readonly trainVal: NetParameter;
  /** For prediction: from an Input layer `data` to the probabilities `prob`. */
  readonly deploy: NetParameter;
  /** The names of the layers that give the scores; the last one is that of `deploy`. */
  readonly heads: readonly string[];
}

/** Layers between the last layer with parameters and the loss, through which it is looked for. */
const PASSED = new Set(["ReLU", "Dropout", "Pooling", "Flatten", "Reshape", "Softmax", "Sigmoid", "Split"]);
const LEARNED = new Set(["InnerProduct", "Convolution"]);
/** What only counts or prints, and is replaced by an accuracy of its own. */
const METRICS = /^(Accuracy|ArgMax|Silence|TopKAccuracy|ConfusionMatrix|HDF5Output)$/;
/** Fields of layers that matter in training only. */
const TRAINING_FIELDS: ReadonlySet<string> = new Set([
  "param",
  "weight_filler",
  "bias_filler",
  "loss_weight",
  "include",
  "exclude",
]);

/**
 * Fits a network to images of classes: its data layers, or its inputs, are replaced, and the last layer that has
 * parameters gets as many outputs as there are classes. A mean over a fixed window just before it becomes one over the
 * whole image, so that other sizes fit. A network for prediction gets a loss; a network for training keeps its own, and
 * those of its other heads. Throws a CremaError when the last layer can't be found.
 */
export function fitNet(given: NetParameter, options: FitNetOptions): FittedNet {
  const net = filterNet(given, { ...given.state, phase: "TRAIN" });
  const layers = (net.layer ?? []).map((layer) => copyLocation(layer, structuredClone(layer)));
  const inputs = layers.filter((layer) => isInput(layer));
  const [data = "data", label = "label"] = inputs.flatMap(({ top = [] }) => top);
  const body = layers.filter((layer) => !isInput(layer) && !METRICS.test(layer.type ?? ""));
  // Networks whose images have another name get "data" in their place.
  renameBlob(body, data, "data");
  if (label !== "label") renameBlob(body, label, "label");
  const losses = body.filter(({ bottom = [] }) => bottom.includes("label"));
  const trunk = withoutDangling(body.filter((layer) => !losses.includes(layer)), losses);
  const scores = losses.length > 0
    ? losses.map(({ bottom = [] }) => bottom.find((blob) => blob !== "label") ?? "")
    : [lastBlob(trunk, given)];
  const heads = [...new Set(scores.map((blob) => headOf(trunk, blob, given)))];
  for (const head of heads) fitHead(head, options);
  const [score] = scores.slice(-1) as [string];
  poolWhole(trunk, heads.at(-1)!);
  const ownLosses = losses.length > 0 ? losses : [
    { name: "loss", type: "SoftmaxWithLoss", bottom: [beforeSoftmax(trunk, score), "label"], top: ["loss"] },
  ];
  const base = losses.length > 0
    ? trunk
    : trunk.filter(({ type, top = [] }) => type !== "Softmax" || top[0] !== score);
  const logits = losses.length > 0 ? score : beforeSoftmax(trunk, score);
  const accuracy: LayerParameter = {
    name: "accuracy",
    type: "Accuracy",
    bottom: [logits, "label"],
    top: ["accuracy"],
    include: [{ phase: "TEST" }],
  };
  const name = given.name ?? "net";
  const trainVal: NetParameter = { name, layer: [...options.data, ...base, accuracy, ...ownLosses] };
  return {
    trainVal,
    deploy: deployNet(name, needed(base, logits), logits, options.input),
    heads: heads.map(({ name = "" }) => name),
  };
}

/** Whether a layer gives data: it has tops and no bottoms, and is no blob of parameters. */
function isInput({ bottom = [], type }: LayerParameter): boolean {
  return bottom.length === 0 && type !== "Parameter";
}

function renameBlob(layers: readonly LayerParameter[], from: string, to: string): void {
  if (from === to) return;
  for (const layer of layers) {
    const renamed = (blobs?: string[]) => blobs?.map((blob) => blob === from ? to : blob);
    Object.assign(layer, {
      ...layer.bottom === undefined ? {} : { bottom: renamed(layer.bottom) },
      ...layer.top === undefined ? {} : { top: renamed(layer.top) },
    });
  }
}

/** The layers without those whose tops nobody needs for a loss, as far as there are losses: what fed a metric only. */
function withoutDangling(
  layers: readonly LayerParameter[],
  losses: readonly LayerParameter[],
): LayerParameter[] {
  if (losses.length === 0) return [...layers];
  const wanted = new Set(losses.flatMap(({ bottom = [] }) => bottom)), kept: LayerParameter[] = [];
  for (const layer of layers.toReversed()) {
    const { top = [], bottom = [], loss_weight: weights = [] } = layer;
    if (!top.some((blob) => wanted.has(blob)) && !weights.some((weight) => weight !== 0)) continue;
    for (const blob of bottom) wanted.add(blob);
    kept.unshift(layer);
  }
  return kept;
}

/** The layers that a blob needs. */
function needed(layers: readonly LayerParameter[], blob: string): LayerParameter[] {
  return withoutDangling(layers.map((layer) => ({ ...layer, loss_weight: [] })), [{ bottom: [blob] }]);
}

/** The one blob of a network for prediction that no layer takes. */
function lastBlob(layers: readonly LayerParameter[], net: NetParameter): string {
  const taken = new Set(
    layers.flatMap(({ bottom = [], top = [] }) => bottom.filter((blob) => !top.includes(blob))),
  );
  const free = [...new Set(layers.flatMap(({ top = [] }) => top))].filter((blob) => !taken.has(blob));
  if (free.length === 1) return free[0]!;
  throw new CremaError(
    `Expected a net with one output, or with a loss that takes a label, but found ${
      free.length === 0 ? "none" : `the outputs ${free.join(", ")}`
    }`,
    {
      ...locationOf(net),
      hint: "fit changes the last layer to the classes of your images, and has to find it.",
    },
  );
}

/** The last layer with parameters that makes a blob. */
function headOf(layers: readonly LayerParameter[], blob: string, net: NetParameter): LayerParameter {
  let wanted = blob;
  for (const layer of layers.toReversed()) {
    const { type = "", top = [], bottom = [] } = layer;
    if (!top.includes(wanted)) continue;
    if (LEARNED.has(type)) return layer;
    if (!PASSED.has(type) || bottom.length !== 1) {
      throw new CremaError(
        `Expected a last layer of type InnerProduct or Convolution, whose outputs become the classes, but found ${type}`,
        { ...(locationOf(layer) ?? locationOf(net)), layer: layer.name },
      );
    }
    wanted = bottom[0]!;
  }
  throw new CremaError(
    `Expected a last layer of type InnerProduct or Convolution, whose outputs become the classes, but found none that makes '${blob}'`,
    { ...locationOf(net) },
  );
}

/** Gives a layer as many outputs as there are classes. */
function fitHead(head: LayerParameter, { classes, suffix, headRate = 1 }: FitNetOptions): void {
  const param = head.type === "InnerProduct"
    ? head.inner_product_param ??= {}
    : head.convolution_param ??= {};
  if (param.num_output === classes) return;
  param.num_output = classes;
  if (suffix !== undefined) head.name = `${head.name ?? "score"}_${suffix}`;
  param.weight_filler ??= { type: "xavier" };
  if (headRate === 1) return;
  const bias = param.bias_term !== false;
  const specs = head.param ?? [{}, ...bias ? [{}] : []];
  head.param = specs.map((spec) => ({ ...spec, lr_mult: (spec.lr_mult ?? 1) * headRate }));
}

/** Makes a mean over a window, if the head takes just that, one over the whole image. */
function poolWhole(layers: readonly LayerParameter[], head: LayerParameter): void {
  let wanted = head.bottom?.[0];
  for (const layer of layers.slice(0, layers.indexOf(head)).toReversed()) {
    const { type = "", top = [], bottom = [] } = layer;
    if (wanted === undefined || !top.includes(wanted)) continue;
    if (type === "Pooling" && layer.pooling_param?.pool === "AVE") {
      layer.pooling_param = { pool: "AVE", global_pooling: true };
      return;
    }
    if (type !== "Dropout" && type !== "Flatten" && type !== "ReLU") return;
    wanted = bottom[0];
  }
}

/** The blob that a last Softmax takes, or the blob itself. */
function beforeSoftmax(layers: readonly LayerParameter[], blob: string): string {
  const maker = layers.findLast(({ top = [] }) => top.includes(blob));
  return maker?.type === "Softmax" ? maker.bottom?.[0] ?? blob : blob;
}

function deployNet(
  name: string,
  layers: readonly LayerParameter[],
  score: string,
  input: readonly number[],
): NetParameter {
  const plain = JSON.parse(
    JSON.stringify(layers, (key, value) => TRAINING_FIELDS.has(key) ? undefined : value),
  ) as LayerParameter[];
  return {
    name,
    layer: [
      {
        name: "data",
        type: "Input",
        top: ["data"],
        input_param: { shape: [{ dim: [DEPLOY_BATCH, ...input] }] },
      },
      ...plain.filter(({ type }) => type !== "Silence"),
      { name: "prob", type: "Softmax", bottom: [score], top: ["prob"] },
    ],
  };
}

/** The most images that the network for prediction takes at a time. */
const DEPLOY_BATCH = 16;
