import { existsSync } from "node:fs";
import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import { loadHdf5 } from "../arrays/load_hdf5.ts";
import { readHdf5Datasets } from "../arrays/hdf5_datasets.ts";
import { DataLayer } from "../data_layer.ts";
import { readTextLines } from "../sources/image_list.ts";
import type { ListedFile } from "../sources/listed_file.ts";
import { resolveSource } from "../sources/source_path.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { checkBatchSize, readPrefetchSettings } from "./prefetch_options.ts";

/** Prepares Caffe's HDF5Data layer: each top gets the dataset of its name, from the HDF5 files that a text file lists. */
export const prepareHdf5Data: PrepareLayer = async (layer, context, engine) => {
  const { source = "", batch_size: batchSize = 0, shuffle } = withDefaults(
    "HDF5DataParameter",
    layer.hdf5_data_param,
  );
  if (source === "") throw new CremaError("Expected an hdf5_data_param with a source but found none");
  checkBatchSize(batchSize);
  if (layer.transform_param !== undefined) {
    throw new CremaError("Expected no transform_param but found one: HDF5Data gives the values as they are");
  }
  const datasets = layer.top ?? [];
  if (datasets.length === 0) throw new CremaError("Expected a top for each dataset but found none");
  const list = resolveSource(source, context.file);
  const files = listedFiles(list, context.file);
  const library = await loadHdf5();
  const { random: _, ...settings } = readPrefetchSettings(layer, context, engine);
  const shapes = firstShapes();
  const batches = { type: "hdf5", files, list, datasets, batchSize, shuffle } as const;
  const start = { epoch: 0, index: 0 };
  const numTops = [datasets.length, datasets.length] as const;
  const records = { batchSize, count: countRows };
  return { make: () => new DataLayer({ ...settings, batches, start, numTops, shapes }), records };

  function countRows(): number {
    const rows = ({ path }: ListedFile) =>
      readHdf5Datasets(library, path, datasets, { shapesOnly: true }).shapes[0]?.[0] ?? 0;
    return files.reduce((sum, file) => sum + rows(file), 0);
  }

  function firstShapes(): number[][] {
    const { path, line } = files[0]!;
    try {
      return readHdf5Datasets(library, path, datasets, { shapesOnly: true }).shapes
        .map(([, ...axes]) => [batchSize, ...axes]);
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      const reason = cause.file === undefined ? cause.reason : `${cause.file}: ${cause.reason}`;
      throw new CremaError(`line ${line} of '${list}': ${reason}`, { hint: cause.hint, cause });
    }
  }
};

/** The files that a list names: one per line or, as Caffe reads them, separated by any space. */
function listedFiles(list: string, prototxt: string | undefined): ListedFile[] {
  return readTextLines(list, "a list of HDF5 files").flatMap(({ text, line }) => {
    const whole = resolveSource(text, prototxt);
    const paths = existsSync(whole) ? [text] : text.split(/\s+/);
    return paths.map((path) => ({ path: resolveSource(path, prototxt), line }));
  });
}
