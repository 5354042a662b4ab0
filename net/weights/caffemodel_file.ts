import type { ByteSource } from "../../base/byte_source.ts";
import { CremaError } from "../../base/error.ts";
import { blobprotoToArray } from "../../data/arrays/proto_arrays.ts";
import { weightsParts } from "../../proto/codec/weights_parts.ts";
import type { BlobProto } from "../../proto/messages.ts";
import { indexedLayers } from "./indexed_parameters.ts";
import { readCaffemodel } from "./read_caffemodel.ts";
import type { NamedParameter, StoredParameter, Weights } from "./stored_parameter.ts";

/**
 * Reads the weights of a .caffemodel. Parameters in the form from before 2015, which always has four axes, get those that
 * they have today. Throws a CremaError when the file is damaged.
 */
export function readCaffemodelFile(source: ByteSource): Weights {
  const { file, size } = source;
  const parameters: StoredParameter[] = [];
  for (const { name = "", type, blobs = [] } of readCaffemodel(source.read(0, size), { file }).layers) {
    for (const [index, blob] of blobs.entries()) {
      parameters.push({
        name: `${name}/${index}`,
        ...(type === undefined || type === "" ? {} : { layerType: type }),
        ...valuesOf(blob, { layer: name, type, index, file }),
      });
    }
  }
  return { parameters, leftOut: [] };
}

function valuesOf(
  blob: BlobProto,
  { layer, type, index, file }: {
    layer: string;
    type?: string | undefined;
    index: number;
    file?: string | undefined;
  },
): Pick<StoredParameter, "shape" | "type" | "read"> {
  try {
    const { shape, data } = blobprotoToArray(blob);
    const isDouble = (blob.data?.length ?? 0) === 0 && (blob.double_data?.length ?? 0) > 0;
    const isLegacy = blob.shape === undefined && shape.length === 4;
    return {
      shape: isLegacy ? presentShape(shape, type, index) : shape,
      type: isDouble ? "float64" : "float32",
      read: () => data,
    };
  } catch (cause) {
    if (!(cause instanceof CremaError)) throw cause;
    throw new CremaError(`Parameter ${index}: ${cause.reason}`, { file, layer, cause });
  }
}

/** The shape that a parameter with four axes has today. */
function presentShape(shape: readonly number[], type: string | undefined, index: number): readonly number[] {
  const leading = index > 0 ? 3 : type === "InnerProduct" ? 2 : 0;
  return shape.slice(0, leading).every((size) => size === 1) ? shape.slice(leading) : shape;
}

/**
 * The bytes of a .caffemodel, in parts. Throws a CremaError when names don't tell a parameter's number, or when a layer
 * lacks one.
 */
export function caffemodelFile(parameters: readonly NamedParameter[]): Iterable<Uint8Array> {
  const layers = Array.from(indexedLayers(parameters), ([name, { type, parameters: own }]) => {
    const blobs = Array.from({ length: own.size }, (_, index) => own.get(index));
    const missing = blobs.indexOf(undefined);
    if (missing >= 0) {
      throw new CremaError(
        `Expected ${own.size} parameters, from 0 on, but found none with number ${missing}`,
        {
          layer: name,
          hint:
            "Rename parameters, or write an .h5 file, where those that another layer owns may be missing.",
        },
      );
    }
    return { name, type, blobs: blobs.map((blob) => blob!) };
  });
  return weightsParts(layers);
}
