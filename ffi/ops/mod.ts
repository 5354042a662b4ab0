export { type AxisShape, type Floats } from "./check.ts";
export { ops } from "./default_ops.ts";
export {
  type ConvolutionWindow,
  type GemmBatchShape,
  type GemmShape,
  type GemvShape,
  type NormalizeBackward,
  Ops,
} from "./ops.ts";
export { type RandomSource } from "./reductions.ts";
