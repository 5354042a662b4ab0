import type { LayerExporter } from "./exported_layer.ts";
import {
  exportAxpy,
  exportBn,
  exportDepthwiseConvolution,
  exportHardSigmoid,
  exportHardSwish,
  exportInterp,
  exportPermute,
  exportRelu6,
  exportReorg,
  exportShuffleChannel,
  exportSqueeze,
  exportUpsample,
} from "./fork_layers.ts";
import { exportLstm, exportLstmUnit, exportRnn } from "./recurrent.ts";

/** What makes nodes of the layer types that forks of Caffe have, and of recurrent layers. */
export const FORK_EXPORTERS: Readonly<Record<string, LayerExporter>> = {
  Axpy: exportAxpy,
  BN: exportBn,
  ConvolutionDepthwise: exportDepthwiseConvolution,
  DepthwiseConvolution: exportDepthwiseConvolution,
  HardSigmoid: exportHardSigmoid,
  HardSwish: exportHardSwish,
  Interp: exportInterp,
  LSTM: exportLstm,
  LSTMUnit: exportLstmUnit,
  Permute: exportPermute,
  RNN: exportRnn,
  ReLU6: exportRelu6,
  Reorg: exportReorg,
  ShuffleChannel: exportShuffleChannel,
  Squeeze: exportSqueeze,
  Upsample: exportUpsample,
};
