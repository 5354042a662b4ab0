import type { ElementType, OnnxTensor } from "../tensor.ts";

/** A value that is known when the model is imported. */
export interface ConstantValue {
  /** Tells it from the others. */
  readonly kind: "constant";
  /** Its values. */
  readonly tensor: OnnxTensor;
  /** Whether it stands in the model as a parameter: it may be trained on, unlike what was computed from shapes. */
  readonly learned: boolean;
}

/** A value that layers compute. */
export interface BlobValue {
  /** Tells it from the others. */
  readonly kind: "blob";
  /** The name of its blob. */
  readonly blob: string;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its type in ONNX: blobs hold whole numbers as floats. */
  readonly type: ElementType;
}

/** A blob with zeros around it that no layer has added yet: a convolution or a pooling may do it. */
export interface PaddedValue {
  /** Tells it from the others. */
  readonly kind: "padded";
  /** What is padded. */
  readonly of: BlobValue;
  /** The zeros before each axis. */
  readonly before: readonly number[];
  /** The zeros behind each axis. */
  readonly behind: readonly number[];
  /** The node that pads: its layer's name, and its output. */
  readonly node: string;
  /** The output's name. */
  readonly output: string;
}

/** What a name in the graph stands for. */
export type Value = ConstantValue | BlobValue | PaddedValue;
