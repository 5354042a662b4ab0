import { CremaError, type CremaErrorOptions } from "../base/error.ts";
import { readNumbers } from "../data/sources/read_numbers.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import type { Blob } from "../ffi/blob.ts";
import type { FillerParameter, LayerParameter, NetParameter } from "../proto/messages.ts";
import { copyLocation, locationOf } from "../proto/text/location.ts";

/** The first values of a learnable parameter, from a file. */
interface FileFill {
  readonly layer: string;
  /** Which of the layer's parameters it is. */
  readonly index: number;
  readonly path: string;
  readonly values: readonly number[];
  readonly place: CremaErrorOptions;
}

/** A net without fillers of type "file", and what sets their parameters. */
export interface FilledFromFiles {
  /** The net, in which other fillers take their place. */
  readonly param: NetParameter;
  /** Sets the parameters of the net, by layer. Throws a CremaError when a file has too few or too many values. */
  fill(params: ReadonlyMap<string, readonly Blob[]>): void;
}

/** The fillers that are not for a layer's first parameter. */
const SECOND: ReadonlySet<string> = new Set(["bias_filler", "shift_filler"]);

/**
 * Reads the files of a net's fillers, `bias_filler { type: "file" file: "bias.txt" }`, with numbers separated by white
 * space, as in the Caffe of Spatial Transformer Networks. Engines know no such filler. Throws a CremaError when a file
 * is missing or holds something else.
 */
export function readFileFillers(param: NetParameter): FilledFromFiles {
  const fills: FileFill[] = [];
  const layers = param.layer?.map((layer) => withoutFiles(layer, fills));
  return {
    param: fills.length === 0 ? param : copyLocation(param, { ...param, layer: layers! }),
    fill(params) {
      for (const { layer, index, path, values, place } of fills) {
        const blob = params.get(layer)?.[index];
        if (blob === undefined) {
          throw new CremaError(`Expected a parameter for '${path}' but found none`, place);
        }
        if (blob.count !== values.length) {
          throw new CremaError(
            `Expected ${blob.count} numbers in '${path}', for (${
              blob.shape.join(", ")
            }), but found ${values.length}`,
            place,
          );
        }
        blob.data.set(values);
      }
    },
  };
}

/** The layer with other fillers in the place of those with files, which are added to `fills`. */
function withoutFiles(layer: LayerParameter, fills: FileFill[]): LayerParameter {
  const changed: Record<string, unknown> = {};
  for (const [field, group] of Object.entries(layer)) {
    if (!field.endsWith("_param") || typeof group !== "object" || group === null) continue;
    const others: Record<string, FillerParameter> = {};
    for (const [key, filler] of Object.entries(group)) {
      if (!/(?:^|_)filler$/.test(key) || !isOfFile(filler)) continue;
      fills.push(readFill(layer, key, filler));
      const { file: _file, type: _type, ...rest } = filler;
      others[key] = copyLocation(filler, rest);
    }
    if (Object.keys(others).length === 0) continue;
    changed[field] = copyLocation(group, { ...group, ...others });
  }
  return Object.keys(changed).length === 0 ? layer : copyLocation(layer, { ...layer, ...changed });
}

function isOfFile(filler: unknown): filler is FillerParameter {
  return typeof filler === "object" && filler !== null && "type" in filler && filler.type === "file";
}

function readFill(layer: LayerParameter, key: string, filler: FillerParameter): FileFill {
  const { name = "" } = layer;
  const place = { ...(locationOf(layer) ?? {}), ...locationOf(filler, "file"), layer: name };
  if (filler.file === undefined) throw new CremaError("Expected a filler of type 'file' to have file", place);
  const path = resolveSource(filler.file, locationOf(layer)?.file);
  const values = numbersOf(path, place);
  return { layer: name, index: SECOND.has(key) ? 1 : 0, path, values, place };
}

function numbersOf(path: string, place: CremaErrorOptions): number[] {
  try {
    return readNumbers(path, "the values of a filler");
  } catch (cause) {
    if (!(cause instanceof CremaError) || cause.file !== undefined) throw cause;
    throw new CremaError(cause.reason, { ...place, cause });
  }
}
