import { basename } from "node:path";
import { writeWhole } from "../../base/write_whole.ts";
import {
  encodeModel,
  externalize,
  type ExternalPart,
  LARGEST_MODEL,
  type OnnxDim,
  tensorBytes,
  type ValueInfoProto,
} from "../../onnx/mod.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { type OnnxExportOptions, onnxModel } from "./export_onnx.ts";

/** How to write a model. */
export interface WriteOnnxOptions extends OnnxExportOptions {
  /** The bytes of parameters above which they go to a file beside the model's. Default: what one file can hold, 2 GB. */
  largest?: number | undefined;
}

/** A file that was written. */
export interface OnnxFile {
  /** Where it is. */
  readonly path: string;
  /** Its length in bytes. */
  readonly bytes: number;
}

/** What was written. */
export interface OnnxFiles {
  /** The model's file; then that of its parameters, if there is one. */
  readonly files: readonly OnnxFile[];
  /** The shapes of the model's inputs by name, in which "N" is any number of images. */
  readonly inputs: ReadonlyMap<string, readonly OnnxDim[]>;
  /** The shapes of its outputs by name. */
  readonly outputs: ReadonlyMap<string, readonly OnnxDim[]>;
  /** The number of its nodes. */
  readonly nodes: number;
}

/**
 * Writes an ONNX model of a net, as `exportOnnx` makes it. Parameters of more than 2 GB, which no model's file can hold, go
 * to one beside it that is called the same with ".data" at the end, and belongs to it. Throws a CremaError as `exportOnnx`
 * does, or when a file can't be written.
 */
export async function writeOnnx(
  given: string | NetParameter,
  path: string,
  { largest = LARGEST_MODEL, ...options }: WriteOnnxOptions = {},
): Promise<OnnxFiles> {
  const whole = await onnxModel(given, options);
  const { model, parts } = tensorBytes(whole) > largest
    ? externalize(whole, `${basename(path)}.data`)
    : { model: whole, parts: [] };
  const files: OnnxFile[] = [], last = parts.at(-1);
  if (last !== undefined) {
    const data = `${path}.data`;
    await writeWhole(data, () => ReadableStream.from(bytesOf(parts)), "model's parameters");
    files.push({ path: data, bytes: last.offset + last.bytes.length });
  }
  const bytes = encodeModel(model);
  await writeWhole(path, () => bytes, "model");
  files.unshift({ path, bytes: bytes.length });
  const { input = [], output = [], node = [] } = model.graph!;
  return { files, inputs: shapesOf(input), outputs: shapesOf(output), nodes: node.length };
}

/** The bytes of the parts, and zeros between them. */
function* bytesOf(parts: readonly ExternalPart[]): Generator<Uint8Array> {
  let end = 0;
  for (const { offset, bytes } of parts) {
    if (offset > end) yield new Uint8Array(offset - end);
    yield bytes;
    end = offset + bytes.length;
  }
}

function shapesOf(values: readonly ValueInfoProto[]): Map<string, readonly OnnxDim[]> {
  return new Map(values.map(({ name = "", type }) => {
    const dims = type?.tensor_type?.shape?.dim ?? [];
    return [name, dims.map(({ dim_value, dim_param }) => dim_param ?? dim_value ?? 0)];
  }));
}
