import { exportRelu, exportSigmoid, exportSoftmax, exportTanh } from "./activations.ts";
import { exportConvolution, exportDeconvolution } from "./convolution.ts";
import type { LayerExporter } from "./exported_layer.ts";
import { FORK_EXPORTERS } from "./fork_exporters.ts";
import { exportInnerProduct } from "./inner_product.ts";

/** What makes nodes of each type of layer. Layers in TypeScript say it themselves, by `static onnx`. */
export const LAYER_EXPORTERS: Readonly<Record<string, LayerExporter>> = {
  ...FORK_EXPORTERS,
  Convolution: exportConvolution,
  Deconvolution: exportDeconvolution,
  InnerProduct: exportInnerProduct,
  ReLU: exportRelu,
  Sigmoid: exportSigmoid,
  Softmax: exportSoftmax,
  TanH: exportTanh,
};
