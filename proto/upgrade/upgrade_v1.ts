import { CremaError } from "../../base/error.ts";
import { copyLocation, locationOf } from "../text/location.ts";
import type {
  LayerParameter,
  NetParameter,
  ParamSpec,
  TransformationParameter,
  V1LayerParameter,
  V1LayerParameterLayerType,
} from "../messages.ts";
import type { WarningSink } from "./upgrade_warning.ts";

const LAYER_TYPES: Readonly<Record<V1LayerParameterLayerType, string>> = {
  NONE: "",
  ABSVAL: "AbsVal",
  ACCURACY: "Accuracy",
  ARGMAX: "ArgMax",
  BNLL: "BNLL",
  CONCAT: "Concat",
  CONTRASTIVE_LOSS: "ContrastiveLoss",
  CONVOLUTION: "Convolution",
  DATA: "Data",
  DECONVOLUTION: "Deconvolution",
  DROPOUT: "Dropout",
  DUMMY_DATA: "DummyData",
  EUCLIDEAN_LOSS: "EuclideanLoss",
  ELTWISE: "Eltwise",
  EXP: "Exp",
  FLATTEN: "Flatten",
  HDF5_DATA: "HDF5Data",
  HDF5_OUTPUT: "HDF5Output",
  HINGE_LOSS: "HingeLoss",
  IM2COL: "Im2col",
  IMAGE_DATA: "ImageData",
  INFOGAIN_LOSS: "InfogainLoss",
  INNER_PRODUCT: "InnerProduct",
  LRN: "LRN",
  MEMORY_DATA: "MemoryData",
  MULTINOMIAL_LOGISTIC_LOSS: "MultinomialLogisticLoss",
  MVN: "MVN",
  POOLING: "Pooling",
  POWER: "Power",
  RELU: "ReLU",
  SIGMOID: "Sigmoid",
  SIGMOID_CROSS_ENTROPY_LOSS: "SigmoidCrossEntropyLoss",
  SILENCE: "Silence",
  SOFTMAX: "Softmax",
  SOFTMAX_LOSS: "SoftmaxWithLoss",
  SPLIT: "Split",
  SLICE: "Slice",
  TANH: "TanH",
  WINDOW_DATA: "WindowData",
  THRESHOLD: "Threshold",
};

/** The V1 data layers whose message once held the transformation, and the name of that message. */
const TRANSFORMING = {
  DATA: "data_param",
  IMAGE_DATA: "image_data_param",
  WINDOW_DATA: "window_data_param",
} as const;

/** Fields that V1 and the present form have under the same name and type. */
const SAME_FIELDS = [
  "bottom",
  "top",
  "name",
  "include",
  "exclude",
  "blobs",
  "loss_weight",
  "accuracy_param",
  "argmax_param",
  "concat_param",
  "contrastive_loss_param",
  "convolution_param",
  "data_param",
  "dropout_param",
  "dummy_data_param",
  "eltwise_param",
  "exp_param",
  "hdf5_data_param",
  "hdf5_output_param",
  "hinge_loss_param",
  "image_data_param",
  "infogain_loss_param",
  "inner_product_param",
  "lrn_param",
  "memory_data_param",
  "mvn_param",
  "pooling_param",
  "power_param",
  "relu_param",
  "sigmoid_param",
  "softmax_param",
  "slice_param",
  "tanh_param",
  "threshold_param",
  "window_data_param",
  "transform_param",
  "loss_param",
] as const satisfies readonly (keyof V1LayerParameter & keyof LayerParameter)[];

/**
 * Moves scale, mean_file, crop_size and mirror of a V1 net's data layers into transform_param, where they
 * have belonged since 2014. As in Caffe, layers of the present form are left alone.
 */
export function upgradeDataTransformation(net: NetParameter): NetParameter {
  if (net.layers === undefined) return net;
  return copyLocation(net, { ...net, layers: net.layers.map(moveTransformation) });
}

function moveTransformation(layer: V1LayerParameter): V1LayerParameter {
  const name = layer.type !== undefined && layer.type in TRANSFORMING
    ? TRANSFORMING[layer.type as keyof typeof TRANSFORMING]
    : undefined;
  const param = name === undefined ? undefined : layer[name];
  if (name === undefined || param === undefined) return layer;
  const { scale, mean_file, crop_size, mirror, ...rest } = param;
  const given = Object.entries({ scale, mean_file, crop_size, mirror }).filter(([, value]) =>
    value !== undefined
  );
  const moved: TransformationParameter = Object.fromEntries(given);
  if (Object.keys(moved).length === 0) return layer;
  return copyLocation(layer, {
    ...layer,
    [name]: copyLocation(param, rest),
    transform_param: copyLocation(layer.transform_param ?? param, { ...layer.transform_param, ...moved }),
  });
}

/**
 * Upgrades a net of V1 layers (`layers { type: RELU }`) to the present form (`layer { type: "ReLU" }`). When
 * both are given, `layer` is ignored, as in Caffe, with a warning.
 */
export function upgradeV1(net: NetParameter, warn: WarningSink): NetParameter {
  const { layer: present, layers = [], ...rest } = net;
  if (present !== undefined && present.length > 0) {
    warn("the net has both 'layer' and the older 'layers'; the 'layer' entries are ignored", present[0]!);
  }
  return copyLocation(net, { ...rest, layer: layers.map((layer) => upgradeV1Layer(layer, warn)) });
}

function upgradeV1Layer(old: V1LayerParameter, warn: WarningSink): LayerParameter {
  const layer: LayerParameter = {};
  const target = layer as Record<string, unknown>;
  for (const name of SAME_FIELDS) if (old[name] !== undefined) target[name] = old[name];
  if (old.type !== undefined) {
    if (!Object.hasOwn(LAYER_TYPES, old.type)) { // from the schema that CREMA_PROTO names
      throw new CremaError(`Expected one of Caffe's own layer types but found ${old.type}`, {
        ...locationOf(old, "type"),
        hint: "Write the net in the present form, with `layer` and the type's name in quotes.",
      });
    }
    layer.type = LAYER_TYPES[old.type];
  }
  const param = paramSpecs(old);
  if (param.length > 0) layer.param = param;
  if (old.layer !== undefined) warn("a V0 layer inside a V1 layer is ignored", old);
  return copyLocation(old, layer);
}

/** The four parallel lists of V1 (names, share modes, rates, decays) as one list. */
function paramSpecs(old: V1LayerParameter): ParamSpec[] {
  const specs: ParamSpec[] = [];
  const at = (index: number): ParamSpec => {
    while (specs.length <= index) specs.push({});
    return specs[index]!;
  };
  for (const [i, name] of (old.param ?? []).entries()) at(i).name = name;
  for (const [i, mode] of (old.blob_share_mode ?? []).entries()) at(i).share_mode = mode;
  for (const [i, rate] of (old.blobs_lr ?? []).entries()) at(i).lr_mult = rate;
  for (const [i, decay] of (old.weight_decay ?? []).entries()) at(i).decay_mult = decay;
  return specs;
}
