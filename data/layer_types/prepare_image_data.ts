import { dirname } from "node:path";
import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import { resolveSource } from "../sources/source_path.ts";
import type { SourceSpec } from "../sources/source_spec.ts";
import { readTransformSettings } from "../transform_settings.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { prepareRecords } from "./prepare_records.ts";

/** Prepares Caffe's ImageData layer, which reads image files that a text file lists with their labels. */
export const prepareImageData: PrepareLayer = async (layer, context, engine) => {
  const param = withDefaults("ImageDataParameter", layer.image_data_param);
  const { batch_size: batchSize, new_height: height, new_width: width, shuffle } = param;
  if (param.source === undefined || param.source === "") {
    throw new CremaError("Expected an image_data_param with a source but found none");
  }
  if ((height > 0) !== (width > 0)) {
    throw new CremaError(
      `Expected new_height and new_width to be given together but found ${height} and ${width}`,
    );
  }
  const source: SourceSpec = {
    type: "list",
    path: resolveSource(param.source, context.file),
    root: param.root_folder,
    beside: context.file === undefined ? undefined : dirname(context.file),
  };
  const transform = readTransformSettings(layer.transform_param, context.phase, context.file);
  transform.forceColor = param.is_color;
  transform.forceGray = !param.is_color;
  if (height > 0) transform.resize = [height, width];
  const batches = { source, batchSize, transform, shuffle };
  return await prepareRecords(layer, context, engine, batches, param.rand_skip);
};
