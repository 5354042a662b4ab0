export { exportOnnx, type OnnxExportOptions } from "./export_onnx.ts";
export type { InputPreprocessing } from "./preprocess_input.ts";
export { type OnnxFile, type OnnxFiles, writeOnnx, type WriteOnnxOptions } from "./write_onnx.ts";
