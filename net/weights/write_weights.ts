import { CremaError } from "../../base/error.ts";
import { writeWhole } from "../../base/write_whole.ts";
import { npzParts } from "../../data/arrays/npz.ts";
import { caffemodelFile } from "./caffemodel_file.ts";
import { hdf5File } from "./hdf5_file.ts";
import { safetensorsParts } from "./safetensors.ts";
import { type NamedParameter, shapeText, sizeOf } from "./stored_parameter.ts";
import { formatByName } from "./weights_format.ts";

/**
 * Writes weights to a file, completely or not at all, in the format that its ending names: .caffemodel, .h5 (Caffe's
 * layout), .safetensors or .npz, with values of 32 bits. Parameters have the names that they are given in the last two; in the
 * first two they are found by layer and number, `conv1/0`. Throws a CremaError for another ending, for two parameters of
 * one name, and for names that the format can't hold.
 *
 * ```ts
 * import { Net, writeWeights } from "crema";
 *
 * using net = await Net.fromFile("models/lenet/deploy.prototxt");
 * const parameters = Array.from(net.params).flatMap(([layer, blobs]) =>
 *   blobs.map((blob, i) => ({ name: `${layer}/${i}`, shape: blob.shape, read: () => blob.read() }))
 * );
 * await writeWeights(`${await Deno.makeTempDir()}/lenet.safetensors`, parameters);
 * ```
 */
export async function writeWeights(path: string, parameters: Iterable<NamedParameter>): Promise<void> {
  const format = formatByName(path);
  if (format === undefined || format === "onnx") {
    throw new CremaError(
      `Expected a file .caffemodel, .h5, .safetensors or .npz to write but found '${path}'`,
      {
        hint: format === "onnx" ? "A model needs its net, too: crema export writes it." : undefined,
      },
    );
  }
  const all = Array.from(parameters, checked);
  checkNames(all);
  const bytes = format === "hdf5" ? await hdf5File(all) : undefined;
  await writeWhole(path, () => {
    switch (format) {
      case "hdf5":
        return bytes!;
      case "caffemodel":
        return caffemodelFile(all);
      case "safetensors":
        return safetensorsParts(all);
      case "npz":
        return npzParts(arraysOf(all));
    }
  }, "weights");
}

function* arraysOf(
  parameters: readonly NamedParameter[],
): Generator<readonly [string, { shape: readonly number[]; data: Float32Array }]> {
  for (const { name, shape, read } of parameters) yield [name, { shape, data: read() }];
}

/** A parameter whose values are as many as its shape says. */
function checked(parameter: NamedParameter): NamedParameter {
  const { name, layerType, shape } = parameter;
  return {
    name,
    layerType,
    shape,
    read: () => {
      const values = parameter.read(), count = sizeOf(parameter);
      if (values.length === count) return values;
      throw new CremaError(
        `Expected ${count} values for '${name}', ${shapeText(shape)}, but found ${values.length}`,
      );
    },
  };
}

function checkNames(parameters: readonly NamedParameter[]): void {
  const seen = new Set<string>();
  for (const { name } of parameters) {
    if (seen.has(name)) {
      throw new CremaError(`Expected parameters of different names but found '${name}' twice`);
    }
    seen.add(name);
  }
}
