import type { LayerParameter } from "../../proto/messages.ts";

/** How much of the input a value depends on. */
export interface ReceptiveField {
  /** Pixels down and across; Infinity for the whole input. */
  size: readonly [height: number, width: number];
  /** The distance, in pixels of the input, between neighbours. */
  jump: readonly [height: number, width: number];
}

const PIXEL: ReceptiveField = { size: [1, 1], jump: [1, 1] };
const WHOLE = [Infinity, Infinity] as const;

/** Layers of which each value depends on every pixel of its bottoms. */
const GLOBAL = new Set(["InnerProduct", "Reduction", "SPP", "SoftmaxWithLoss", "Accuracy", "EuclideanLoss"]);

/**
 * The receptive field of each blob of two spatial axes, and of what comes after, by name: what a value depends on
 * according to the windows of the layers before it. Blobs that only come from inputs without pixels have none.
 *
 * ```ts
 * import { receptiveFields } from "./receptive_fields.ts";
 * import assert from "node:assert/strict";
 *
 * const fields = receptiveFields([
 *   { type: "Input", top: ["data"] },
 *   { type: "Convolution", bottom: ["data"], top: ["conv"], convolution_param: { kernel_size: [5], stride: [2] } },
 *   { type: "Pooling", bottom: ["conv"], top: ["pool"], pooling_param: { kernel_size: 2, stride: 2 } },
 * ], () => [1, 3, 32, 32]);
 * assert.deepEqual(fields.get("pool"), { size: [7, 7], jump: [4, 4] });
 * ```
 */
export function receptiveFields(
  layers: readonly LayerParameter[],
  shapeOf: (blob: string) => readonly number[],
): ReadonlyMap<string, ReceptiveField> {
  const fields = new Map<string, ReceptiveField>();
  for (const layer of layers) {
    const { bottom = [], top = [] } = layer;
    const before = bottom.map((name) => fields.get(name)).filter((field) => field !== undefined);
    const made = bottom.length === 0
      ? undefined
      : before.length === 0
      ? undefined
      : fieldOf(layer, widest(before));
    for (const name of top) {
      if (bottom.length === 0) {
        if (shapeOf(name).length === 4) fields.set(name, PIXEL);
      } else if (made !== undefined) fields.set(name, made);
    }
  }
  return fields;
}

function widest(fields: readonly ReceptiveField[]): ReceptiveField {
  const most = (which: "size" | "jump", axis: 0 | 1) =>
    Math.max(...fields.map((field) => field[which][axis]));
  return { size: [most("size", 0), most("size", 1)], jump: [most("jump", 0), most("jump", 1)] };
}

/** The field after a layer whose bottom has `field`. */
function fieldOf(layer: LayerParameter, field: ReceptiveField): ReceptiveField {
  const { type = "" } = layer;
  if (GLOBAL.has(type) || layer.pooling_param?.global_pooling) return { size: WHOLE, jump: field.jump };
  const window = windowOf(layer);
  if (window === undefined) return field;
  const { kernel, stride } = window, isUp = type === "Deconvolution";
  const along = (axis: 0 | 1) => ({
    // Upwards, a value depends on the positions whose windows cover it.
    size: field.size[axis] +
      ((isUp ? Math.ceil(kernel[axis] / stride[axis]) : kernel[axis]) - 1) * field.jump[axis],
    jump: isUp ? field.jump[axis] / stride[axis] : field.jump[axis] * stride[axis],
  });
  const down = along(0), across = along(1);
  return { size: [down.size, across.size], jump: [down.jump, across.jump] };
}

type Pair = readonly [height: number, width: number];

function windowOf(layer: LayerParameter): { kernel: Pair; stride: Pair } | undefined {
  const { type, lrn_param: lrn, pooling_param: pooling, convolution_param: convolution } = layer;
  if (type === "LRN" && lrn?.norm_region === "WITHIN_CHANNEL") {
    const { local_size = 5 } = lrn;
    return { kernel: [local_size, local_size], stride: [1, 1] };
  }
  const param = type === "Pooling" ? pooling : convolution;
  if (param === undefined) return undefined;
  const dilation = pair(convolution?.dilation, undefined, undefined, 1);
  const kernel = pair(param.kernel_size, param.kernel_h, param.kernel_w, 1);
  const stride = pair(param.stride, param.stride_h, param.stride_w, 1);
  return { kernel: [(kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1], stride };
}

function pair(
  value: number | readonly number[] | undefined,
  height: number | undefined,
  width: number | undefined,
  otherwise: number,
): Pair {
  const values = [value ?? []].flat() as number[];
  return [height ?? values[0] ?? otherwise, width ?? values[1] ?? values[0] ?? otherwise];
}
