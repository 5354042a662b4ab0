import type { ModelProto, TensorProto } from "./messages.ts";

/** The bytes of parameters up to which a model is one file: a protobuf message ends at 2 GB, names and nodes included. */
export const LARGEST_MODEL = 2 ** 31 - 2 ** 24;

/** Tensors of fewer bytes stay in the model, where tools expect shapes and axes. */
const SMALLEST = 1024;

/** Where a tensor begins in the file of the data: at a multiple of this, as ONNX advises, so that it can be mapped. */
const ALIGNMENT = 4096;

/** How many bytes the values of a model's initializers have. */
export function tensorBytes({ graph }: ModelProto): number {
  return (graph?.initializer ?? []).reduce((sum, { raw_data }) => sum + (raw_data?.length ?? 0), 0);
}

/** A part of the file of the data: where it begins, and its bytes. */
export interface ExternalPart {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The model with the values of its larger initializers in another file of this name, which is to be beside the model's, and
 * the parts of that file.
 */
export function externalize(
  model: ModelProto,
  location: string,
): { model: ModelProto; parts: ExternalPart[] } {
  const parts: ExternalPart[] = [];
  let end = 0;
  const initializer = (model.graph?.initializer ?? []).map((tensor): TensorProto => {
    const { raw_data: bytes, ...rest } = tensor;
    if (bytes === undefined || bytes.length < SMALLEST) return tensor;
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = offset + bytes.length;
    parts.push({ offset, bytes });
    return {
      ...rest,
      data_location: 1,
      external_data: [
        { key: "location", value: location },
        { key: "offset", value: String(offset) },
        { key: "length", value: String(bytes.length) },
      ],
    };
  });
  return { model: { ...model, graph: { ...model.graph, initializer } }, parts };
}
