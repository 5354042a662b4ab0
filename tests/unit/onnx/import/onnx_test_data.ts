import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeModel, decodeTensor, type OnnxTensor, readTensor } from "../../../../onnx/mod.ts";
import type { ModelProto } from "../../../../onnx/messages.ts";
import { root } from "../../../../tools/root.ts";

/** Where ONNX's own test data is: of the Debian package libonnx-testdata, installed or unpacked; undefined without it. */
export const testData: string | undefined = [
  "/usr/share/libonnx-testdata/data",
  join(root, "build/onnx-testdata/prefix/usr/share/libonnx-testdata/data"),
].find((folder) => existsSync(join(folder, "node")));

/** One of ONNX's test cases. */
export interface OnnxCase {
  /** Its folder's name. */
  readonly name: string;
  /** The model. */
  readonly model: ModelProto;
  /** The inputs, in the model's order. */
  readonly inputs: readonly OnnxTensor[];
  /** What the outputs must be. */
  readonly outputs: readonly OnnxTensor[];
}

/** The names of the cases of a group: node, pytorch-converted, pytorch-operator or simple. */
export function caseNames(group: string): string[] {
  return [...Deno.readDirSync(join(testData!, group))].map(({ name }) => name).toSorted();
}

/** Reads a case. Throws a CremaError where its data is no tensors of numbers. */
export function readCase(group: string, name: string): OnnxCase {
  const folder = join(testData!, group, name), set = join(folder, "test_data_set_0");
  const tensors = (kind: string) => {
    const count = [...Deno.readDirSync(set)].filter((file) => file.name.startsWith(`${kind}_`)).length;
    return Array.from({ length: count }, (_, i) => {
      const file = join(set, `${kind}_${i}.pb`);
      return readTensor(decodeTensor(Deno.readFileSync(file), file));
    });
  };
  const model = decodeModel(Deno.readFileSync(join(folder, "model.onnx")), folder);
  return { name, model, inputs: tensors("input"), outputs: tensors("output") };
}
