import { CremaError } from "../../base/error.ts";
import { copyLocation, locationOf } from "../text/location.ts";
import type {
  ConvolutionParameter,
  DataParameter,
  HDF5DataParameter,
  ImageDataParameter,
  InnerProductParameter,
  NetParameter,
  PoolingParameter,
  V0LayerParameter,
  V1LayerParameter,
  V1LayerParameterLayerType,
  WindowDataParameter,
} from "../messages.ts";
import type { WarningSink } from "./upgrade_warning.ts";

const LAYER_TYPES: Readonly<Record<string, V1LayerParameterLayerType>> = {
  accuracy: "ACCURACY",
  bnll: "BNLL",
  concat: "CONCAT",
  conv: "CONVOLUTION",
  data: "DATA",
  dropout: "DROPOUT",
  euclidean_loss: "EUCLIDEAN_LOSS",
  flatten: "FLATTEN",
  hdf5_data: "HDF5_DATA",
  hdf5_output: "HDF5_OUTPUT",
  im2col: "IM2COL",
  images: "IMAGE_DATA",
  infogain_loss: "INFOGAIN_LOSS",
  innerproduct: "INNER_PRODUCT",
  lrn: "LRN",
  multinomial_logistic_loss: "MULTINOMIAL_LOGISTIC_LOSS",
  pool: "POOLING",
  relu: "RELU",
  sigmoid: "SIGMOID",
  softmax: "SOFTMAX",
  softmax_loss: "SOFTMAX_LOSS",
  split: "SPLIT",
  tanh: "TANH",
  window_data: "WINDOW_DATA",
};

/** Where a V0 field moved: to a field of the layer type's message. `list`: that field is a repeated one. */
interface Move {
  param: keyof V1LayerParameter;
  field: string;
  list?: boolean | undefined;
}

const conv = (field: keyof ConvolutionParameter, list = false): Move => ({
  param: "convolution_param",
  field,
  list,
});
const inner = (field: keyof InnerProductParameter): Move => ({ param: "inner_product_param", field });
const pool = (field: keyof PoolingParameter): Move => ({ param: "pooling_param", field });
const data = (field: keyof DataParameter): Move => ({ param: "data_param", field });
const hdf5 = (field: keyof HDF5DataParameter): Move => ({ param: "hdf5_data_param", field });
const images = (field: keyof ImageDataParameter): Move => ({ param: "image_data_param", field });
const windows = (field: keyof WindowDataParameter): Move => ({ param: "window_data_param", field });
const lrn = (field: string): Move => ({ param: "lrn_param", field });

/** By V0 field and then by layer type, where the field moved. */
const MOVES: Readonly<Partial<Record<keyof V0LayerParameter, Readonly<Record<string, Move>>>>> = {
  num_output: { conv: conv("num_output"), innerproduct: inner("num_output") },
  biasterm: { conv: conv("bias_term"), innerproduct: inner("bias_term") },
  weight_filler: { conv: conv("weight_filler"), innerproduct: inner("weight_filler") },
  bias_filler: { conv: conv("bias_filler"), innerproduct: inner("bias_filler") },
  pad: { conv: conv("pad", true), pool: pool("pad") },
  kernelsize: { conv: conv("kernel_size", true), pool: pool("kernel_size") },
  group: { conv: conv("group") },
  stride: { conv: conv("stride", true), pool: pool("stride") },
  pool: { pool: pool("pool") },
  dropout_ratio: { dropout: { param: "dropout_param", field: "dropout_ratio" } },
  local_size: { lrn: lrn("local_size") },
  alpha: { lrn: lrn("alpha") },
  beta: { lrn: lrn("beta") },
  k: { lrn: lrn("k") },
  source: {
    data: data("source"),
    hdf5_data: hdf5("source"),
    images: images("source"),
    window_data: windows("source"),
    infogain_loss: { param: "infogain_loss_param", field: "source" },
  },
  batchsize: {
    data: data("batch_size"),
    hdf5_data: hdf5("batch_size"),
    images: images("batch_size"),
    window_data: windows("batch_size"),
  },
  rand_skip: { data: data("rand_skip"), images: images("rand_skip") },
  shuffle_images: { images: images("shuffle") },
  new_height: { images: images("new_height") },
  new_width: { images: images("new_width") },
  concat_dim: { concat: { param: "concat_param", field: "concat_dim" } },
  det_fg_threshold: { window_data: windows("fg_threshold") },
  det_bg_threshold: { window_data: windows("bg_threshold") },
  det_fg_fraction: { window_data: windows("fg_fraction") },
  det_context_pad: { window_data: windows("context_pad") },
  det_crop_mode: { window_data: windows("crop_mode") },
};

/** V0 fields that moved to transform_param, whatever the layer's type. */
const TRANSFORM_MOVES = {
  scale: "scale",
  meanfile: "mean_file",
  cropsize: "crop_size",
  mirror: "mirror",
} as const;

/**
 * Upgrades a net whose layers have the oldest form (`layers { layer { type: "conv" … } }`) to V1: padding
 * layers become the `pad` of the convolution or pooling after them, and the settings of a layer move into the
 * message of its type. Of the net's own fields only name, inputs and force_backward existed at that time;
 * they are kept. Throws a CremaError for an unknown layer type, and for a padding layer before any other
 * layer than conv or pool.
 */
export function upgradeV0(net: NetParameter, warn: WarningSink): NetParameter {
  const layers = absorbPadding(net).map((layer) => upgradeV0Layer(layer, warn));
  const upgraded: NetParameter = { layers };
  if (net.name !== undefined) upgraded.name = net.name;
  if (net.input !== undefined) upgraded.input = net.input;
  if (net.input_dim !== undefined) upgraded.input_dim = net.input_dim;
  if (net.force_backward !== undefined) upgraded.force_backward = net.force_backward;
  return copyLocation(net, upgraded);
}

function fail(layer: V1LayerParameter, reason: string): CremaError {
  return new CremaError(reason, { ...locationOf(layer), layer: layer.layer?.name ?? layer.name });
}

function absorbPadding(net: NetParameter): V1LayerParameter[] {
  const source = new Map<string, V1LayerParameter | undefined>();
  for (const input of net.input ?? []) source.set(input, undefined);
  const kept: V1LayerParameter[] = [];
  for (const original of net.layers ?? []) {
    const type = original.layer?.type ?? "";
    let layer = original;
    for (const [index, bottom] of (original.bottom ?? []).entries()) {
      if (!source.has(bottom)) {
        throw fail(
          original,
          `Expected the bottom '${bottom}' to be the top of a layer above but found no such blob`,
        );
      }
      const below = source.get(bottom);
      if (below?.layer?.type !== "padding") continue;
      if (type !== "conv" && type !== "pool") {
        throw fail(original, `Expected a conv or pool layer after a padding layer but found '${type}'`);
      }
      const counts = [original.bottom!.length, below.bottom?.length ?? 0, below.top?.length ?? 0];
      if (counts.some((count) => count !== 1)) {
        throw fail(
          original,
          "Expected one bottom and one top around a padding layer but found several or none",
        );
      }
      const bottoms = [...layer.bottom!];
      bottoms[index] = below.bottom![0]!;
      layer = copyLocation(original, {
        ...layer,
        bottom: bottoms,
        layer: { ...layer.layer, pad: below.layer.pad ?? 0 },
      });
    }
    if (type !== "padding") kept.push(layer);
    for (const top of original.top ?? []) source.set(top, original);
  }
  return kept;
}

function upgradeV0Layer(connection: V1LayerParameter, warn: WarningSink): V1LayerParameter {
  const upgraded: V1LayerParameter = {};
  if (connection.bottom !== undefined) upgraded.bottom = connection.bottom;
  if (connection.top !== undefined) upgraded.top = connection.top;
  const old = connection.layer;
  if (old === undefined) return copyLocation(connection, upgraded);
  if (old.name !== undefined) upgraded.name = old.name;
  const type = old.type ?? "";
  if (old.type !== undefined) {
    const name = Object.hasOwn(LAYER_TYPES, old.type) ? LAYER_TYPES[old.type] : undefined;
    if (name === undefined) throw fail(connection, `Expected a V0 layer type but found '${old.type}'`);
    upgraded.type = name;
  }
  if (old.blobs !== undefined) upgraded.blobs = old.blobs;
  if (old.blobs_lr !== undefined) upgraded.blobs_lr = old.blobs_lr;
  if (old.weight_decay !== undefined) upgraded.weight_decay = old.weight_decay;
  const params = upgraded as Record<string, Record<string, unknown> | undefined>;
  const set = (param: string, field: string, value: unknown) => (params[param] ??= {})[field] = value;
  for (const [name, moves] of Object.entries(MOVES)) {
    const value = old[name as keyof V0LayerParameter];
    if (value === undefined) continue;
    const move = Object.hasOwn(moves, type) ? moves[type] : undefined;
    if (move === undefined) warn(`unknown parameter ${name} for layer type '${type}', ignored`, connection);
    else set(move.param, move.field, move.list ? [value] : value);
  }
  for (const [name, field] of Object.entries(TRANSFORM_MOVES)) {
    const value = old[name as keyof typeof TRANSFORM_MOVES];
    if (value !== undefined) set("transform_param", field, value);
  }
  if (old.hdf5_output_param !== undefined) {
    if (type === "hdf5_output") upgraded.hdf5_output_param = old.hdf5_output_param;
    else warn(`unknown parameter hdf5_output_param for layer type '${type}', ignored`, connection);
  }
  return copyLocation(connection, upgraded);
}
