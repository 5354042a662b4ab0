import {
  exportBnll,
  exportClip,
  exportDropout,
  exportElu,
  exportPrelu,
  exportRelu,
  exportSigmoid,
  exportSwish,
  exportTanh,
  exportThreshold,
} from "./activations.ts";
import {
  exportAbsVal,
  exportBias,
  exportEltwise,
  exportExp,
  exportLog,
  exportPower,
  exportScale,
} from "./arithmetic.ts";
import {
  exportBatchReindex,
  exportConcat,
  exportCrop,
  exportFlatten,
  exportReshape,
  exportSlice,
  exportSplit,
  exportTile,
} from "./arrangement.ts";
import { exportDummyData, exportFilter, exportParameter } from "./constants.ts";
import { exportConvolution, exportDeconvolution, exportIm2col } from "./convolution.ts";
import type { LayerExporter } from "./exported_layer.ts";
import { FORK_EXPORTERS } from "./fork_exporters.ts";
import { exportEmbed, exportInnerProduct } from "./inner_product.ts";
import { exportBatchNorm, exportLrn, exportMvn, exportSoftmax } from "./normalization.ts";
import { exportPooling, exportSpp } from "./pooling.ts";
import { exportArgMax, exportReduction } from "./reduction.ts";

/** What makes nodes of each type of layer. Layers in TypeScript say it themselves, by `static onnx`. */
export const LAYER_EXPORTERS: Readonly<Record<string, LayerExporter>> = {
  ...FORK_EXPORTERS,
  AbsVal: exportAbsVal,
  ArgMax: exportArgMax,
  BNLL: exportBnll,
  BatchNorm: exportBatchNorm,
  BatchReindex: exportBatchReindex,
  Bias: exportBias,
  Clip: exportClip,
  Concat: exportConcat,
  Convolution: exportConvolution,
  Crop: exportCrop,
  Deconvolution: exportDeconvolution,
  Dropout: exportDropout,
  DummyData: exportDummyData,
  ELU: exportElu,
  Eltwise: exportEltwise,
  Embed: exportEmbed,
  Exp: exportExp,
  Filter: exportFilter,
  Flatten: exportFlatten,
  Im2col: exportIm2col,
  InnerProduct: exportInnerProduct,
  LRN: exportLrn,
  Log: exportLog,
  MVN: exportMvn,
  PReLU: exportPrelu,
  Parameter: exportParameter,
  Pooling: exportPooling,
  Power: exportPower,
  ReLU: exportRelu,
  Reduction: exportReduction,
  Reshape: exportReshape,
  SPP: exportSpp,
  Scale: exportScale,
  Sigmoid: exportSigmoid,
  Slice: exportSlice,
  Softmax: exportSoftmax,
  Split: exportSplit,
  Swish: exportSwish,
  TanH: exportTanh,
  Threshold: exportThreshold,
  Tile: exportTile,
};
