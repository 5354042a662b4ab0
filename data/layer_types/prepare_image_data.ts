import { dirname } from "node:path";
import { CremaError } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import { resolveSource } from "../sources/source_path.ts";
import type { SourceSpec } from "../sources/source_spec.ts";
import type { TransformationParameter } from "../../proto/messages.ts";
import { locationOf } from "../../proto/text/location.ts";
import type { ImageParts } from "../images/image_augment.ts";
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
  const { random_area: area, random_colours: distortion, ...rest } = layer.transform_param ?? {};
  const transform = readTransformSettings(rest, context.phase, context.file);
  transform.distortion = distortion;
  if (area !== undefined && area.length > 0) {
    if (height === 0) {
      throw new CremaError(
        "Expected new_height and new_width, to which random_area resizes, but found none",
        {
          ...locationOf(layer.transform_param ?? {}, "random_area"),
        },
      );
    }
    transform.parts = readParts(area, rest);
  }
  transform.forceColor = param.is_color;
  transform.forceGray = !param.is_color;
  if (height > 0) transform.resize = [height, width];
  const batches = { source, batchSize, transform, shuffle, skipsBad: param.skip_bad_images };
  return await prepareRecords(layer, context, engine, batches, param.rand_skip);
};

/** Which parts of images training takes. Throws a CremaError when the fields contradict themselves. */
function readParts(
  area: readonly number[],
  { random_aspect: aspect = 1.25 }: TransformationParameter,
): ImageParts {
  const [least = 0, most = 0] = area;
  if (area.length !== 2 || !(least > 0 && least <= most && most <= 1)) {
    throw new CremaError(
      `Expected random_area twice, the least and the most, above 0 and up to 1, but found ${area.join(", ")}`,
    );
  }
  if (!(aspect >= 1)) throw new CremaError(`Expected a random_aspect of 1 or more but found ${aspect}`);
  return { area: [least, most], aspect };
}
