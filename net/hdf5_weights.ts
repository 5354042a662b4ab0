import type { Hdf5Content, Hdf5Value } from "../data/arrays/hdf5_content.ts";
import type { Blob } from "../ffi/blob.ts";
import type { NetHandle, NetLayer } from "../ffi/net_handle.ts";
import { CremaError, type CremaErrorOptions } from "../base/error.ts";
import { misfit, mismatches } from "./match_weights.ts";
import type { CopyWeightsOptions, WeightsMismatch } from "./weights_report.ts";

/**
 * A net's parameters in Caffe's HDF5 layout: `data/<layer>/<index>`, without those that another layer owns.
 * With `diffs`, also the diffs of all parameters, as `diff/<layer>/<index>`.
 */
export function hdf5Weights(net: NetHandle, diffs: boolean): Hdf5Content {
  checkHdf5Names(net);
  const owned = ownedBlobs(net);
  const parameters = parameterPaths(net);
  const content: Hdf5Content = { groups: new Set(), values: new Map() };
  for (const part of diffs ? ["data", "diff"] as const : ["data"] as const) {
    content.groups.add(part);
    for (const { name, params } of net.layers) {
      // Caffe writes an empty group for a layer without parameters. Where its name has no place, nothing is lost.
      if (params.length === 0 && !fitsHdf5(name, parameters)) continue;
      content.groups.add(`${part}/${name}`);
      for (const [i, blob] of params.entries()) {
        if (part === "data" && !owned.has(blob)) continue;
        content.values.set(`${part}/${name}/${i}`, { shape: blob.shape, values: blob.read(part) });
      }
    }
  }
  return content;
}

/**
 * Throws a CremaError when HDF5 cannot hold the parameters of the net's layers by their names: a name is a path of groups,
 * and the parameters lie below it as `0`, `1`, ….
 */
export function checkHdf5Names(net: NetHandle): void {
  const parameters = parameterPaths(net), seen = new Set<string>();
  for (const { name, params } of net.layers) {
    if (params.length === 0) continue;
    if (fitsHdf5(name, parameters) && !seen.has(name)) seen.add(name);
    else {
      throw new CremaError(`Expected a layer name that HDF5 can hold beside the others but found '${name}'`, {
        layer: name,
        hint: "Rename the layer, or use snapshot_format: BINARYPROTO.",
      });
    }
  }
}

/** Where the parameters lie, from their part: `conv1/0`. */
function parameterPaths(net: NetHandle): Set<string> {
  return new Set(net.layers.flatMap(({ name, params }) => params.map((_, i) => `${name}/${i}`)));
}

/** Whether a name can be a path of groups: none of them empty, `.`, or the path of a parameter. */
export function fitsHdf5(name: string, parameters: ReadonlySet<string>): boolean {
  const parts = name.split("/");
  return !name.includes("\0") && parts.every((part) => part !== "" && part !== ".") &&
    parts.every((_, i) => !parameters.has(parts.slice(0, i + 1).join("/")));
}

/**
 * Copies parameters from HDF5 into a net, by layer name. Parameters that another layer owns may be missing in
 * the file. Throws a CremaError when one does not fit, before any is copied; with `skipMismatch`, returns the layers
 * that do not fit instead. `root` is the path below which the layers are: "data/" unless given.
 */
export function copyHdf5Weights(
  net: NetHandle,
  content: Hdf5Content,
  { skipMismatch = false, root = "data/", ...place }:
    & CremaErrorOptions
    & CopyWeightsOptions
    & { root?: string } = {},
): WeightsMismatch[] {
  if (root === "data/" && !content.groups.has("data")) {
    throw new CremaError("Expected weights but found no group 'data' in the HDF5 file", place);
  }
  const owned = ownedBlobs(net);
  const taken: [Blob, Float32Array<ArrayBuffer>][] = [];
  const misfits = mismatches(net.layers, skipMismatch, (own) => {
    const { name: layer, params } = own, path = `${root}${layer}`;
    if (!content.groups.has(path)) return;
    const missing = params.findIndex((blob, i) => owned.has(blob) && !content.values.has(`${path}/${i}`));
    if (missing >= 0 || content.values.has(`${path}/${params.length}`)) {
      const found = missing >= 0 ? `no '${path}/${missing}'` : `'${path}/${params.length}'`;
      throw new CremaError(`Expected ${params.length} parameter blobs for the layer but found ${found}`, {
        ...place,
        layer,
      });
    }
    const values = params.map((_, i) => valuesFor(own, content.values.get(`${path}/${i}`), i, place));
    for (const [i, each] of values.entries()) if (each !== undefined) taken.push([params[i]!, each]);
  });
  for (const [blob, values] of taken) blob.write(values);
  return misfits;
}

/** The parameters that a layer owns, without those that it shares from another layer. */
function ownedBlobs(net: NetHandle): Set<Blob> {
  return new Set(net.learnable.map(({ blob }) => blob));
}

/** The values of a parameter, if the file has it. */
function valuesFor(
  layer: NetLayer,
  value: Hdf5Value | undefined,
  index: number,
  place: CremaErrorOptions,
): Float32Array<ArrayBuffer> | undefined {
  if (value === undefined) return undefined;
  const isText = typeof value === "string";
  if (!isText && value.shape.join() === layer.params[index]!.shape.join()) {
    return Float32Array.from(value.values);
  }
  throw misfit(layer, index, isText ? "a string" : value.shape, place);
}
