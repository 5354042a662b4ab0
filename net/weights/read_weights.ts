import { type ByteSource, bytesSource, fileSource } from "../../base/byte_source.ts";
import { CremaError } from "../../base/error.ts";
import { readCaffemodelFile } from "./caffemodel_file.ts";
import { readHdf5File } from "./hdf5_file.ts";
import { readNpzWeights } from "./npz_weights.ts";
import { readOnnxWeights } from "./onnx_weights.ts";
import { readSafetensors } from "./safetensors.ts";
import type { Weights } from "./stored_parameter.ts";
import { formatOf, HEAD_BYTES } from "./weights_format.ts";

/**
 * Reads the weights in a file, or in its bytes: a .caffemodel, an .h5 in Caffe's layout, .safetensors, .npz, or the
 * initializers of an .onnx. Of .safetensors and .npz files, each parameter's values are read when `read` is called. Throws
 * a CremaError when the file can't be read, is damaged, or has two parameters of one name.
 *
 * ```ts
 * import { readWeights, writeWeights } from "crema";
 *
 * const file = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await writeWeights(file, [{ name: "ip/0", shape: [1, 2], read: () => Float32Array.of(3, 4) }]);
 * const { parameters } = await readWeights(file);
 * for (const { name, shape, read } of parameters) console.log(name, shape, read()); // ip/0 [ 1, 2 ] Float32Array [ 3, 4 ]
 * ```
 */
export async function readWeights(given: string | Uint8Array): Promise<Weights> {
  return await readWeightsFrom(
    typeof given === "string" ? await fileSource(given, "weights") : bytesSource(given),
  );
}

/** Reads weights as {@link readWeights} does. */
export async function readWeightsFrom(source: ByteSource): Promise<Weights> {
  const weights = await read(source);
  const seen = new Set<string>();
  for (const { name } of weights.parameters) {
    if (seen.has(name)) {
      throw new CremaError(`Expected parameters of different names but found '${name}' twice`, {
        file: source.file,
      });
    }
    seen.add(name);
  }
  return weights;
}

async function read(source: ByteSource): Promise<Weights> {
  const head = source.read(0, Math.min(HEAD_BYTES, source.size));
  switch (formatOf(head, source.file)) {
    case "hdf5":
      return await readHdf5File(source);
    case "safetensors":
      return readSafetensors(source);
    case "npz":
      return readNpzWeights(source);
    case "onnx":
      return await readOnnxWeights(source);
    case "caffemodel":
      return readCaffemodelFile(source);
  }
}
