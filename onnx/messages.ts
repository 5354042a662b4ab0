/**
 * The messages of ONNX's file format that Crema reads and writes, with the names of the format's specification
 * (https://onnx.ai/onnx/repo-docs/IR.html). Fields that are absent are undefined.
 *
 * @module
 */

/** A pair of strings: metadata, or a fact about a tensor's external data. */
export interface StringPair {
  key?: string;
  value?: string;
}

/** The version of a domain's operators; the domain of ONNX's own is "". */
export interface OperatorSetId {
  domain?: string;
  version?: number;
}

/** A tensor's values as they stand in a file: see `readTensor`. */
export interface TensorProto {
  dims?: number[];
  data_type?: number;
  float_data?: number[];
  int32_data?: number[];
  string_data?: Uint8Array[];
  int64_data?: number[];
  double_data?: number[];
  uint64_data?: number[];
  name?: string;
  raw_data?: Uint8Array;
  external_data?: StringPair[];
  /** 1 where the values are in a file of their own. */
  data_location?: number;
}

/** One length of a shape: a number, or a name for what is only known when the graph runs. */
export interface DimensionProto {
  dim_value?: number;
  dim_param?: string;
}

/** The type of a tensor: its elements and its shape, where they are known. */
export interface TensorTypeProto {
  elem_type?: number;
  shape?: { dim?: DimensionProto[] };
}

/** The type of a value. Crema knows tensors only. */
export interface TypeProto {
  tensor_type?: TensorTypeProto;
}

/** A named value of a graph, with its type. */
export interface ValueInfoProto {
  name?: string;
  type?: TypeProto;
}

/** What an attribute holds (`AttributeProto.AttributeType`). */
export const AttributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
} as const;

/** A constant setting of a node. */
export interface AttributeProto {
  name?: string;
  type?: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
}

/** An application of an operator. An empty name stands for an input or output that is left out. */
export interface NodeProto {
  input?: string[];
  output?: string[];
  name?: string;
  op_type?: string;
  domain?: string;
  attribute?: AttributeProto[];
}

/** Nodes in an order in which they can run, and the values that they begin with and give. */
export interface GraphProto {
  node?: NodeProto[];
  name?: string;
  initializer?: TensorProto[];
  sparse_initializer?: unknown[];
  input?: ValueInfoProto[];
  output?: ValueInfoProto[];
  value_info?: ValueInfoProto[];
}

/** A file. */
export interface ModelProto {
  ir_version?: number;
  producer_name?: string;
  producer_version?: string;
  domain?: string;
  model_version?: number;
  doc_string?: string;
  graph?: GraphProto;
  opset_import?: OperatorSetId[];
  metadata_props?: StringPair[];
  functions?: unknown[];
}
