import { CremaError, type CremaErrorOptions } from "../base/error.ts";
import type { NetHandle, NetLayer } from "../ffi/net_handle.ts";
import type { BlobProto, LayerParameter } from "../proto/messages.ts";
import type { WeightsMismatch } from "./weights_report.ts";

/** What to do about a layer that does not fit. */
export const TRAIN_ANEW =
  "To train it anew instead, use --weights with --skip-mismatch (skipMismatch in a program), " +
  "or give the layer another name.";

/**
 * Calls `check` for each layer, by name. Returns the layers for which it threw a CremaError, with what it said; without
 * `skipMismatch`, throws the first.
 */
export function mismatches<Layer extends { name?: string | undefined }>(
  layers: Iterable<Layer>,
  skipMismatch: boolean,
  check: (layer: Layer) => void,
): WeightsMismatch[] {
  const found: WeightsMismatch[] = [];
  for (const layer of layers) {
    try {
      check(layer);
    } catch (error) {
      if (!skipMismatch || !(error instanceof CremaError)) throw error;
      found.push({ layer: layer.name ?? "", reason: error.reason });
    }
  }
  return found;
}

/**
 * Throws a CremaError when the parameters of a layer of a .caffemodel do not fit the net's layer of that name, if it has
 * one. Shapes with four axes of the old form (`num`, `channels`, …) fit those without their leading axes of length 1.
 */
export function checkStoredLayer(
  net: NetHandle,
  { name = "", blobs = [] }: LayerParameter,
  place: CremaErrorOptions,
): void {
  // Several layers may have no name, as long as one at most has parameters.
  const layer = net.layers.find((each) =>
    each.name === name && (name !== "" || (each.params.length > 0) === (blobs.length > 0))
  );
  if (layer === undefined) return;
  const { params } = layer;
  if (params.length !== blobs.length) {
    const own = listed(params.map(({ shape }) => shape)), found = listed(blobs.map(storedShape));
    throw new CremaError(
      `Expected ${params.length} parameter blobs for the layer${own} but found ${blobs.length}${found}`,
      { ...place, layer: name, hint: TRAIN_ANEW },
    );
  }
  for (const [i, blob] of params.entries()) {
    if (!fits(blobs[i]!, blob.shape)) throw misfit(layer, i, storedShape(blobs[i]!), place);
  }
}

/** The error for a parameter whose stored shape differs. */
export function misfit(
  { name, type, params }: NetLayer,
  index: number,
  found: readonly number[] | string,
  place: CremaErrorOptions,
): CremaError {
  const { shape } = params[index]!;
  const isTranspose = type === "InnerProduct" && typeof found !== "string" && shape.length === 2 &&
    found.slice(-2).toReversed().join() === shape.join() && found.slice(0, -2).every((size) => size === 1);
  return new CremaError(
    `Parameter ${index} does not fit: Expected shape ${shapeText(shape)} but found ${shapeText(found)}`,
    {
      ...place,
      layer: name,
      hint: isTranspose
        ? "It is stored the other way round: give inner_product_param the `transpose` that it was trained with."
        : TRAIN_ANEW,
    },
  );
}

function fits(stored: BlobProto, shape: readonly number[]): boolean {
  const found = storedShape(stored);
  if (found.join() === shape.join()) return true;
  if (!isLegacy(stored) || shape.length > 4) return false;
  return found.join() === [...Array<number>(4 - shape.length).fill(1), ...shape].join();
}

/** Whether a blob has the four axes of files from before `shape`, whatever else it has. */
function isLegacy({ num, channels, height, width }: BlobProto): boolean {
  return [num, channels, height, width].some((size) => size !== undefined);
}

function storedShape(stored: BlobProto): readonly number[] {
  const { shape, num = 0, channels = 0, height = 0, width = 0 } = stored;
  return shape === undefined && isLegacy(stored) ? [num, channels, height, width] : shape?.dim ?? [];
}

function shapeText(shape: readonly number[] | string): string {
  return typeof shape === "string" ? shape : `(${shape.join(", ")})`;
}

function listed(shapes: readonly (readonly number[])[]): string {
  return shapes.length === 0 ? "" : ` of ${shapes.map(shapeText).join(", ")}`;
}
