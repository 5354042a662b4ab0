import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { CremaError } from "../../base/error.ts";
import { loadHdf5 } from "../arrays/load_hdf5.ts";
import { Hdf5OutputLayer } from "../hdf5_output_layer.ts";
import type { PrepareLayer } from "./prepare_layer.ts";

/** Prepares Caffe's HDF5Output layer, which writes its bottoms to an HDF5 file. */
export const prepareHdf5Output: PrepareLayer = async (layer) => {
  const { file_name: path = "" } = layer.hdf5_output_param ?? {};
  if (path === "") throw new CremaError("Expected an hdf5_output_param with a file_name but found none");
  const folder = dirname(path);
  if (!existsSync(folder)) {
    throw new CremaError(`Expected a folder '${folder}' for '${path}' but found none`, {
      hint: `A relative path begins at the current folder, ${Deno.cwd()}.`,
    });
  }
  const library = await loadHdf5();
  return { make: () => new Hdf5OutputLayer(path, library) };
};
