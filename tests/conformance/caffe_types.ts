import type { Engine } from "../../ffi/engine.ts";
import { CAFFE_TYPES } from "../../ffi/fork_fields.ts";
import { DATA_LAYER_TYPES } from "../../ffi/host/host_layer_types.ts";

/** Caffe's layer types, sorted: those that libcaffe computes, and its data layers, which TypeScript makes instead. */
export function caffeTypes({ layerTypes }: Engine): string[] {
  return [...new Set([...layerTypes, ...DATA_LAYER_TYPES.filter((type) => CAFFE_TYPES.has(type))])].sort();
}
