/**
 * Crema: trains Caffe networks whose layers may be TypeScript modules.
 *
 * @module
 */
export * from "./base/mod.ts";
export * from "./data/mod.ts";
export { Blob, Engine, type LayerRandom } from "./ffi/mod.ts";
export * from "./ffi/ops/mod.ts";
export type { ExampleBottom, LayerExample } from "./layers/layer_example.ts";
export { Layer, type LayerContext } from "./layers/layer.ts";
export * from "./net/export/mod.ts";
export * from "./net/mod.ts";
export {
  GraphBuilder,
  type ImportedOnnx,
  importOnnx,
  type OnnxAttributes,
  type OnnxDim,
  type OnnxImportOptions,
  type OnnxImportReport,
  type OnnxLayer,
  type OnnxSubgraph,
  type OnnxTensor,
  type OnnxValue,
  UnsupportedNodesError,
} from "./onnx/mod.ts";
export * from "./proto/mod.ts";
export * from "./script/mod.ts";
export * from "./train/mod.ts";
