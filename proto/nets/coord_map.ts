import { CremaError } from "../../base/error.ts";
import type { SpecLayer, Top } from "../spec/spec_layer.ts";
import { layers } from "../spec/spec_layers.ts";

/**
 * How the coordinates of one blob map to those of another: `to = scale * from + shift`. The spatial axes
 * begin after `axis`; a pointwise layer has no `axis`, since it maps all axes alike.
 */
export interface CoordMap {
  /** The last axis that is not spatial: 1 for (N, C, H, W). */
  readonly axis?: number | undefined;
  /** One factor per spatial axis, or one for all. */
  readonly scale: readonly number[];
  /** One shift per spatial axis, or one for all. */
  readonly shift: readonly number[];
}

const IDENTITY: CoordMap = { scale: [1], shift: [0] };

/** Layers that leave coordinates as they are. */
const POINTWISE = new Set([
  ...["AbsVal", "BatchNorm", "Bias", "BNLL", "Clip", "Dropout", "Eltwise", "ELU", "Exp", "Log", "LRN", "MVN"],
  ...["Power", "PReLU", "ReLU", "Scale", "Sigmoid", "Split", "Swish", "TanH", "Threshold"],
]);

/**
 * How a layer maps its bottoms' coordinates to its tops'. Throws a CremaError for layers that do not, or not
 * linearly.
 */
export function coordMap(layer: SpecLayer): CoordMap {
  const { type, param } = layer;
  if (POINTWISE.has(type)) return IDENTITY;
  if (type === "Crop") {
    const { axis = 2, offset = [] } = param.crop_param ?? {};
    return { axis: axis - 1, scale: [1], shift: offset.length === 0 ? [0] : offset.map((each) => -each) };
  }
  const { axis, kernel, stride, pad } = windowOf(layer);
  const half = combine(kernel, pad, (size, margin) => margin - (size - 1) / 2);
  if (type === "Deconvolution") return { axis, scale: stride, shift: half.map((each) => -each) };
  return { axis, scale: stride.map((step) => 1 / step), shift: combine(half, stride, (a, step) => a / step) };
}

/** How a layer's window moves over its bottom: its extent, steps and margin along each spatial axis. */
function windowOf({ type, param }: SpecLayer) {
  const isPooling = type === "Pooling";
  const window = isPooling ? param.pooling_param : param.convolution_param;
  const isWindow = isPooling || ["Convolution", "Deconvolution", "Im2col"].includes(type);
  if (!isWindow || (isPooling && param.pooling_param?.global_pooling)) {
    throw new CremaError(`Expected a layer that maps coordinates but found ${type}`);
  }
  const { kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w } = window ?? {};
  const sizes = kernel_h === undefined ? list(window?.kernel_size) : [kernel_h, kernel_w ?? kernel_h];
  if (sizes.length === 0) {
    throw new CremaError(`Expected a ${type} layer to have a kernel_size but found none`);
  }
  const { axis = 1, dilation } = isPooling ? {} : param.convolution_param ?? {};
  return {
    axis,
    kernel: combine(sizes, list(dilation, 1), (size, step) => (size - 1) * step + 1),
    stride: stride_h === undefined ? list(window?.stride, 1) : [stride_h, stride_w ?? stride_h],
    pad: pad_h === undefined ? list(window?.pad, 0) : [pad_h, pad_w ?? pad_h],
  };
}

function list(value: number | number[] | undefined, otherwise?: number): number[] {
  const values = [value ?? []].flat();
  return values.length === 0 && otherwise !== undefined ? [otherwise] : values;
}

/** Combines two lists item by item; a list of length 1 goes with every item of the other. */
function combine(a: readonly number[], b: readonly number[], of: (a: number, b: number) => number): number[] {
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) {
    throw new CremaError(`Expected equal numbers of spatial axes but found ${a.length} and ${b.length}`);
  }
  const length = a.length === 1 ? b.length : a.length;
  return Array.from({ length }, (_, i) => of(a.length === 1 ? a[0]! : a[i]!, b.length === 1 ? b[0]! : b[i]!));
}

/** The map `next` followed by `base`. Throws a CremaError when their spatial axes differ. */
function compose(base: CoordMap, next: CoordMap): CoordMap {
  if (base.axis !== undefined && next.axis !== undefined && base.axis !== next.axis) {
    throw new CremaError(
      `Expected layers with the same spatial axes but found them after axis ${base.axis} and ${next.axis}`,
    );
  }
  return {
    ...next,
    ...base,
    scale: combine(base.scale, next.scale, (a, b) => a * b),
    shift: combine(combine(base.scale, next.shift, (a, b) => a * b), base.shift, (a, b) => a + b),
  };
}

function inverse({ scale, shift, ...axis }: CoordMap): CoordMap {
  return { ...axis, scale: scale.map((a) => 1 / a), shift: combine(scale, shift, (a, b) => 0 - b / a) };
}

/**
 * The tops that a top is computed from with their maps to it, nearest first; the walk ends at layers without
 * a map.
 */
function* walk(top: Top): Generator<[Top, CoordMap]> {
  const maps = new Map([[top, IDENTITY]]);
  for (const [at, map] of maps) { // grows while we walk
    yield [at, map];
    let own: CoordMap;
    try {
      own = coordMap(at.layer);
    } catch (error) {
      if (error instanceof CremaError) continue;
      throw error;
    }
    // The second bottom of a Crop gives only its size.
    const bottoms = at.layer.type === "Crop" ? at.layer.bottoms.slice(0, 1) : at.layer.bottoms;
    for (const bottom of bottoms) if (!maps.has(bottom)) maps.set(bottom, compose(map, own));
  }
}

/**
 * How the coordinates of one top of a NetSpec map to those of another, by way of a blob that both are
 * computed from, as pycaffe's `coord_map_from_to` does. Throws a CremaError when no spatial layers connect
 * them.
 *
 * ```ts
 * import { coordMapFromTo, layers as L, NetSpec } from "crema";
 * import assert from "node:assert/strict";
 *
 * const n = new NetSpec();
 * n.data = L.Input({ shape: { dim: [1, 1, 100, 100] } });
 * n.conv = L.Convolution(n.data, { num_output: 4, kernel_size: 3, pad: 1 });
 * n.pool = L.Pooling(n.conv, { pool: "MAX", kernel_size: 2, stride: 2 });
 * assert.deepEqual(coordMapFromTo(n.data, n.pool), { axis: 1, scale: [0.5], shift: [-0.25] });
 * ```
 */
export function coordMapFromTo(from: Top, to: Top): CoordMap {
  const fromMaps = new Map(walk(from));
  for (const [top, map] of walk(to)) {
    const other = fromMaps.get(top);
    if (other !== undefined) return compose(map, inverse(other));
  }
  throw new CremaError(
    `Expected spatial layers that connect the tops of a ${from.layer.type} and a ${to.layer.type} layer but found none`,
  );
}

/**
 * A Crop layer that cuts `from` to the part that lies over `to`, as pycaffe's `coord_map.crop` does. Throws a
 * CremaError when their scales differ, or when `from` would have to be extended, or cut within a pixel.
 */
export function crop(from: Top, to: Top): Top {
  const { axis = 1, scale, shift } = coordMapFromTo(from, to);
  const found = (values: readonly number[]) => values.join(", ");
  if (scale.some((each) => each !== 1)) {
    throw new CremaError(`Expected tops of one scale but found a factor of ${found(scale)}`);
  }
  if (shift.some((each) => each > 0)) {
    throw new CremaError(
      `Expected a top that covers the other but found that it begins ${found(shift)} inside it`,
    );
  }
  if (!shift.every(Number.isInteger)) {
    throw new CremaError(`Expected to cut between whole pixels but found an offset of ${found(shift)}`);
  }
  return layers.Crop(from, to, { axis: axis + 1, offset: shift.map((each) => 0 - each) });
}
