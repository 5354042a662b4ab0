import { dirname } from "node:path";
import { type ByteSource, fileSource } from "../../base/byte_source.ts";
import { CremaError, inFile } from "../../base/error.ts";
import type { GraphProto, TensorProto } from "../../onnx/messages.ts";
import { decodeModel } from "../../onnx/mod.ts";
import { externalFile } from "../../onnx/read_external_data.ts";
import { elementType, numbersOf, readTensor } from "../../onnx/read_tensor.ts";
import { byteSize, FLOAT_TYPES, type FloatType, toFloat32 } from "../../base/float_types.ts";
import { shapeText, type StoredParameter, type Weights } from "./stored_parameter.ts";

/**
 * Reads the initializers of an ONNX model as weights, by their names; those of integers, such as shapes, are left out.
 * Values in files of their own are read from beside the model. Throws a CremaError when the model is damaged.
 */
export async function readOnnxWeights(source: ByteSource): Promise<Weights> {
  const { file, size } = source;
  const { graph = {} } = decodeModel(source.read(0, size), file);
  checkNames(graph, file);
  const parameters: StoredParameter[] = [], leftOut: { name: string; type: string }[] = [];
  for (const tensor of graph.initializer ?? []) {
    const { name = "", data_type: number = 0 } = tensor;
    const type = elementType(number) ?? `type ${number}`;
    if (Object.hasOwn(FLOAT_TYPES, type)) {
      parameters.push(await parameterOf(tensor, name, type as FloatType, file));
    } else leftOut.push({ name, type });
  }
  return { parameters, leftOut };
}

function checkNames({ initializer = [] }: GraphProto, file: string | undefined): void {
  const seen = new Set<string>();
  for (const { name = "" } of initializer) {
    if (seen.has(name)) {
      throw new CremaError(`Expected initializers of different names but found '${name}' twice`, { file });
    }
    seen.add(name);
  }
}

async function parameterOf(
  tensor: TensorProto,
  name: string,
  type: FloatType,
  file: string | undefined,
): Promise<StoredParameter> {
  const { dims: shape = [] } = tensor, size = byteSize(shape, FLOAT_TYPES[type], { file });
  const fail = (found: string) =>
    new CremaError(
      `Expected ${size} bytes for initializer '${name}', ${shapeText(shape)} of ${type}, but found ${found}`,
      { file },
    );
  if (tensor.data_location === 1) {
    const { bytes, offset, length } = await externalData(tensor, name, size, file);
    if (length !== size) throw fail(String(length));
    return { name, shape, type, read: () => toFloat32(bytes.read(offset, size), type) };
  }
  const { raw_data: raw } = tensor;
  if (raw !== undefined && raw.length > 0) {
    if (raw.length !== size) throw fail(String(raw.length));
    return { name, shape, type, read: () => toFloat32(raw.slice(), type) };
  }
  const count = numbersOf(tensor, type).length;
  if (count * FLOAT_TYPES[type] !== size) throw fail(`${count} values`);
  return { name, shape, type, read: () => readTensor(tensor).data as Float32Array };
}

/** Where a tensor's values are in a file beside the model. */
async function externalData(
  { external_data: facts = [] }: TensorProto,
  name: string,
  size: number,
  file: string | undefined,
): Promise<{ bytes: ByteSource; offset: number; length: number }> {
  const fact = (wanted: string) => facts.find(({ key }) => key === wanted)?.value;
  const location = fact("location") ?? "";
  const fail = (found: string, hint?: string) =>
    new CremaError(
      `Expected the values of initializer '${name}' in a file beside the model but found ${found}`,
      {
        file,
        hint,
      },
    );
  if (file === undefined) throw fail("that the model is no file", "Read it by its path.");
  const path = inFile(file, () => externalFile(dirname(file), location));
  const bytes = await fileSource(path, "the values of an ONNX model");
  const offset = Number(fact("offset") ?? 0), length = Number(fact("length") ?? size);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > bytes.size) {
    throw fail(`offset ${fact("offset")} in ${bytes.size} bytes of '${location}'`);
  }
  return { bytes, offset, length };
}
