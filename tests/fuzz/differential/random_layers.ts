import { type AddLayer, same } from "./add_layer.ts";
import { accuracy, euclideanLoss, sigmoidCrossEntropyLoss, softmaxWithLoss } from "./loss_layers.ts";
import * as library from "./library_layers.ts";
import * as more from "./more_layers.ts";
import type { NetDraft } from "./net_draft.ts";
import { deconvolution, im2col } from "./random_patches.ts";
import { lstmUnit, recurrent } from "./random_recurrent.ts";
import { concat, flatten, reshape, slice, split } from "./shape_layers.ts";
import { batchNorm, broadcast, elementwise, eltwise, innerProduct, power, softmax } from "./value_layers.ts";
import { convolution, lrn, pooling } from "./vision_layers.ts";

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
  [deconvolution, 2.5],
  [im2col, 1],
  [recurrent("LSTM"), 2],
  [recurrent("RNN"), 1.5],
  [lstmUnit, 0.7],
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
  [library.batchReindex, 1],
  [library.filter, 1],
  [library.spp, 1],
];

const losses: readonly AddLayer[] = [
  // The usual ones more often.
  ...[softmaxWithLoss, sigmoidCrossEntropyLoss, euclideanLoss].flatMap((loss) => [loss, loss, loss]),
  library.contrastiveLoss,
  library.hingeLoss,
  library.infogainLoss,
  library.multinomialLogisticLoss,
];

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
