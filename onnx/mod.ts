export { foldNormalization } from "./export/fold_normalization.ts";
export { externalize, type ExternalPart, LARGEST_MODEL, tensorBytes } from "./external_data.ts";
export type { ModelProto, StringPair, ValueInfoProto } from "./messages.ts";
export { decodeModel, decodeTensor, encodeModel } from "./model_codec.ts";
export {
  GraphBuilder,
  type OnnxAttributes,
  type OnnxDim,
  type OnnxSubgraph,
  type OnnxValue,
} from "./graph_builder.ts";
export { type AttributeKind, type OperatorName, OPERATORS } from "./operators.ts";
export { type ExternalData, readTensor } from "./read_tensor.ts";
export { type ElementType, floatTensor, intTensor, type OnnxTensor, tensorProto } from "./tensor.ts";
export { type ExportedLayer, type LayerExporter, type ShapedValue } from "./export/exported_layer.ts";
export { LAYER_EXPORTERS } from "./export/layer_exporters.ts";
export { type OnnxLayer } from "./export/onnx_layer.ts";
export {
  type ImportedOnnx,
  importModel,
  importOnnx,
  type OnnxImportOptions,
  type OnnxImportReport,
  withoutBlobs,
} from "./import/import_onnx.ts";
export type { NodeReport } from "./import/import_graph.ts";
export { type UnsupportedNode, UnsupportedNodesError } from "./import/unsupported.ts";
