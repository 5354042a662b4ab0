import type { ByteSource } from "../../base/byte_source.ts";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { type Hdf5Content, readHdf5, writeHdf5 } from "../../data/arrays/hdf5_content.ts";
import { loadHdf5 } from "../../data/arrays/load_hdf5.ts";
import { fitsHdf5 } from "../hdf5_weights.ts";
import { indexedLayers } from "./indexed_parameters.ts";
import type { NamedParameter, Weights } from "./stored_parameter.ts";

/** Reads weights in Caffe's HDF5 layout, `data/<layer>/<index>`. Throws a CremaError when the file is another. */
export async function readHdf5File(source: ByteSource): Promise<Weights> {
  const { file, size } = source;
  const content = readHdf5(await loadHdf5(), source.read(0, size), { file });
  return hdf5Parameters(content, { file });
}

function hdf5Parameters({ groups, values }: Hdf5Content, place: CremaErrorOptions): Weights {
  if (!groups.has("data")) {
    throw new CremaError("Expected weights but found no group 'data' in the HDF5 file", place);
  }
  const parameters = Array.from(values).flatMap(([path, value]) => {
    const name = /^data\/(.*\/\d+)$/s.exec(path)?.[1];
    if (name === undefined) return [];
    if (typeof value === "string") {
      throw new CremaError(`Expected numbers but found a string at '${path}'`, place);
    }
    const { shape, values } = value;
    const read = () => values instanceof Float32Array ? values : Float32Array.from(values);
    return [{ name, shape, type: "float32" as const, read }];
  });
  return { parameters, leftOut: [] };
}

/**
 * The bytes of weights in Caffe's HDF5 layout. Throws a CremaError when names don't tell a parameter's number, or when
 * HDF5 can't hold a layer's name beside the others.
 */
export async function hdf5File(parameters: readonly NamedParameter[]): Promise<Uint8Array> {
  const layers = indexedLayers(parameters);
  const paths = new Set(
    Array.from(
      layers,
      ([layer, { parameters: own }]) => Array.from(own.keys(), (index) => `${layer}/${index}`),
    ).flat(),
  );
  const content: Hdf5Content = { groups: new Set(["data"]), values: new Map() };
  for (const [layer, { parameters: own }] of layers) {
    if (!fitsHdf5(layer, paths)) {
      throw new CremaError(
        `Expected a layer name that HDF5 can hold beside the others but found '${layer}'`,
        {
          layer,
          hint: "Rename the layer, or write a .caffemodel.",
        },
      );
    }
    content.groups.add(`data/${layer}`);
    for (const [index, parameter] of own) {
      content.values.set(`data/${layer}/${index}`, {
        shape: parameter.shape,
        // Read when it is written: not all of them are in memory at once.
        get values() {
          return parameter.read();
        },
      });
    }
  }
  return writeHdf5(await loadHdf5(), content);
}
