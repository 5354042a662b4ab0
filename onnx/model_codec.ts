import protobuf from "protobufjs";
import { CremaError } from "../base/error.ts";
import type { ModelProto, TensorProto } from "./messages.ts";
import { MODEL_SCHEMA } from "./model_schema.ts";

const root = protobuf.Root.fromJSON(keepNames(MODEL_SCHEMA));
const type = root.lookupType("ModelProto"), tensorType = root.lookupType("TensorProto");

/** protobufjs packs numbers by default where the syntax is proto3, as ONNX's writers do. */
function keepNames(schema: typeof MODEL_SCHEMA): protobuf.INamespace {
  return { ...schema, options: { syntax: "proto3" } } as protobuf.INamespace;
}

/**
 * Reads the bytes of a .onnx file; `file` is its name for error messages. Numbers of 64 bits become JavaScript's.
 * Throws a CremaError when the bytes are truncated or are no such file.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeModel, encodeModel } from "./model_codec.ts";
 *
 * const bytes = encodeModel({ ir_version: 8, graph: { name: "net" } });
 * assert.equal(decodeModel(bytes).graph?.name, "net");
 * ```
 */
export function decodeModel(bytes: Uint8Array, file?: string): ModelProto {
  let model: ModelProto;
  try {
    model = type.toObject(type.decode(bytes), { longs: Number }) as ModelProto;
  } catch (cause) {
    throw new CremaError(
      `Expected an ONNX model but found bytes that are none: ${(cause as Error).message}`,
      {
        file,
        hint: "The file is damaged, cut short, or of another kind.",
        cause,
      },
    );
  }
  if (model.graph === undefined || model.ir_version === undefined) {
    throw new CremaError("Expected an ONNX model but found a file without a graph or an IR version", {
      file,
    });
  }
  return model;
}

/** Reads the bytes of a tensor that stands in a file alone, as in ONNX's test data. Throws a CremaError as above. */
export function decodeTensor(bytes: Uint8Array, file?: string): TensorProto {
  try {
    return tensorType.toObject(tensorType.decode(bytes), { longs: Number }) as TensorProto;
  } catch (cause) {
    throw new CremaError(
      `Expected an ONNX tensor but found bytes that are none: ${(cause as Error).message}`,
      { file, cause },
    );
  }
}

/** Writes a model as the bytes of a .onnx file. */
export function encodeModel(model: ModelProto): Uint8Array {
  const writer = new protobuf.Writer();
  return type.encode(type.fromObject(model), writer).finish(true).slice();
}
