import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import { resolveSource } from "../sources/source_path.ts";
import type { SourceSpec } from "../sources/source_spec.ts";
import { readTransformSettings } from "../transform_settings.ts";
import type { PrepareLayer } from "./prepare_layer.ts";
import { prepareRecords } from "./prepare_records.ts";

/** Prepares Caffe's Data layer, which reads Datum messages from an LMDB or a LevelDB. */
export const prepareData: PrepareLayer = async (layer, context, engine) => {
  const param = withDefaults("DataParameter", layer.data_param);
  const { batch_size: batchSize = 0, shuffle, backend } = param;
  if (param.source === undefined || param.source === "") {
    throw new CremaError("Expected a data_param with a source but found none");
  }
  const path = resolveSource(param.source, context.file);
  const source: SourceSpec = backend === "LMDB"
    ? { type: "lmdb", path }
    : { type: "leveldb", path, listed: shuffle };
  const transform = readTransformSettings(layer.transform_param, context.phase, context.file);
  transform.forceEncodedColor = param.force_encoded_color;
  const batches = { source, batchSize, transform, shuffle };
  return await prepareRecords(layer, context, engine, batches, param.rand_skip);
};
