/**
 * ONNX's messages by the numbers and types of their fields, as its public specification gives them, in the form of
 * protobufjs' descriptors. Fields that Crema does not use are left out: protobuf skips them.
 */
export const MODEL_SCHEMA = {
  nested: {
    StringPair: { fields: { key: string(1), value: string(2) } },
    OperatorSetId: { fields: { domain: string(1), version: int64(2) } },
    TensorProto: {
      fields: {
        dims: repeated(int64(1)),
        data_type: int32(2),
        float_data: repeated({ type: "float", id: 4 }),
        int32_data: repeated(int32(5)),
        string_data: repeated(bytes(6)),
        int64_data: repeated(int64(7)),
        name: string(8),
        raw_data: bytes(9),
        double_data: repeated({ type: "double", id: 10 }),
        uint64_data: repeated({ type: "uint64", id: 11 }),
        external_data: repeated({ type: "StringPair", id: 13 }),
        data_location: int32(14),
      },
    },
    DimensionProto: { fields: { dim_value: int64(1), dim_param: string(2) } },
    ShapeProto: { fields: { dim: repeated({ type: "DimensionProto", id: 1 }) } },
    TensorTypeProto: { fields: { elem_type: int32(1), shape: { type: "ShapeProto", id: 2 } } },
    TypeProto: { fields: { tensor_type: { type: "TensorTypeProto", id: 1 } } },
    ValueInfoProto: { fields: { name: string(1), type: { type: "TypeProto", id: 2 } } },
    AttributeProto: {
      fields: {
        name: string(1),
        f: { type: "float", id: 2 },
        i: int64(3),
        s: bytes(4),
        t: { type: "TensorProto", id: 5 },
        g: { type: "GraphProto", id: 6 },
        floats: repeated({ type: "float", id: 7 }),
        ints: repeated(int64(8)),
        strings: repeated(bytes(9)),
        type: int32(20),
      },
    },
    NodeProto: {
      fields: {
        input: repeated(string(1)),
        output: repeated(string(2)),
        name: string(3),
        op_type: string(4),
        attribute: repeated({ type: "AttributeProto", id: 5 }),
        domain: string(7),
      },
    },
    GraphProto: {
      fields: {
        node: repeated({ type: "NodeProto", id: 1 }),
        name: string(2),
        initializer: repeated({ type: "TensorProto", id: 5 }),
        input: repeated({ type: "ValueInfoProto", id: 11 }),
        output: repeated({ type: "ValueInfoProto", id: 12 }),
        value_info: repeated({ type: "ValueInfoProto", id: 13 }),
        sparse_initializer: repeated(bytes(15)),
      },
    },
    ModelProto: {
      fields: {
        ir_version: int64(1),
        producer_name: string(2),
        producer_version: string(3),
        domain: string(4),
        model_version: int64(5),
        doc_string: string(6),
        graph: { type: "GraphProto", id: 7 },
        opset_import: repeated({ type: "OperatorSetId", id: 8 }),
        metadata_props: repeated({ type: "StringPair", id: 14 }),
        functions: repeated(bytes(25)),
      },
    },
  },
};

interface Field {
  type: string;
  id: number;
}

function string(id: number): Field {
  return { type: "string", id };
}

function int32(id: number): Field {
  return { type: "int32", id };
}

function int64(id: number): Field {
  return { type: "int64", id };
}

function bytes(id: number): Field {
  return { type: "bytes", id };
}

function repeated(field: Field): Field & { rule: "repeated" } {
  return { ...field, rule: "repeated" };
}
